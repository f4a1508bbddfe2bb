using System.Text.Json;
using System.Text.RegularExpressions;
using Meanwhile.Problems;

namespace Meanwhile.Server;

/// <summary>Says what is wrong with a body that could not be read: as a field's error where it has a place, never with the body's own text.</summary>
internal static partial class JsonRefusals
{
    /// <summary>The problem of a failed reading.</summary>
    public static Problem Of(JsonException exception)
    {
        if (UnmappedName().Match(exception.Message) is { Success: true } unmapped)
        {
            var parent = Parent(FieldOf(exception.Path), unmapped.Groups[1].Value);
            return Refusals.FieldsProblem([new FieldError(parent, "There is no such field.")]);
        }

        // The reader's own exception is the inner one: the text is no JSON, or too deep.
        if (exception.InnerException is JsonException || exception.GetType() != typeof(JsonException) || FieldOf(exception.Path) is not { Length: > 0 } field)
        {
            return new Problem
            {
                Code = ProblemCodes.InvalidJson,
                Detail = exception.Message.Contains("maximum", StringComparison.Ordinal) && exception.Message.Contains("depth", StringComparison.Ordinal)
                    ? $"The body is nested too deeply, at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}."
                    : $"The body is not the JSON that is expected, at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.",
            };
        }

        return Refusals.FieldsProblem([new FieldError(field, FieldMessage(exception.Message))]);
    }

    private static string FieldMessage(string message)
    {
        if (message.StartsWith("must ", StringComparison.Ordinal)) return $"M{message.Split(" Path:")[0][1..].TrimEnd('.')}."; // a converter's of ours
        return message.StartsWith("Duplicate", StringComparison.Ordinal) ? "Is given more than once." : $"Is of the wrong type{Expected(message)}.";
    }

    private static string FieldOf(string? path) => path is null ? "" : path.TrimStart('$').TrimStart('.');

    private static string Parent(string path, string name) =>
        path.Length == 0 || path == name ? name : path.EndsWith("." + name, StringComparison.Ordinal) ? path : $"{path}.{name}";

    private static string Expected(string message) => TypeName().Match(message) is { Success: true } match
        ? match.Groups[1].Value switch
        {
            "Int32" or "Int64" => ": a whole number is expected",
            "Double" => ": a number is expected",
            "Boolean" => ": true or false is expected",
            "String" => ": a string is expected",
            _ => "",
        }
        : "";

    [GeneratedRegex("^The JSON property '(.*)' could not be mapped", RegexOptions.Singleline)]
    private static partial Regex UnmappedName();

    [GeneratedRegex(@"could not be converted to System\.(?:Nullable`1\[System\.)?(\w+)")]
    private static partial Regex TypeName();
}
