using System.Text.Json;
using System.Text.RegularExpressions;
using Meanwhile.Problems;

namespace Meanwhile.Tools;

/// <summary>The words of JSON Schema that params are held to. A schema that uses another is refused, so that nobody relies on what is not checked.</summary>
internal static class SchemaWords
{
    /// <summary>The names of the types.</summary>
    public static readonly IReadOnlyList<string> Types = ["object", "array", "string", "integer", "number", "boolean", "null"];

    private const int DepthMax = 16;
    private static readonly HashSet<string> Annotations = ["$schema", "title", "description", "default", "examples", "format", "deprecated"];
    private static readonly HashSet<string> Counts = ["minLength", "maxLength", "minItems", "maxItems"];
    private static readonly HashSet<string> Bounds = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
    private static readonly HashSet<string> Others = ["type", "enum", "const", "properties", "required", "additionalProperties", "items", "pattern"];

    /// <summary>What is wrong with a schema; empty when nothing is.</summary>
    public static IReadOnlyList<FieldError> Errors(string path, JsonElement schema)
    {
        List<FieldError> errors = [];
        Check(errors, path, schema, 0);
        return errors;
    }

    /// <summary>A pattern as it is matched: in time that grows with the text alone.</summary>
    public static Regex Pattern(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static void Check(List<FieldError> errors, string path, JsonElement schema, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object) errors.Add(new FieldError(path, $"is {schema.KindInWords}; an object is accepted"));
        else if (depth > DepthMax) errors.Add(new FieldError(path, $"is nested more than {DepthMax} deep"));
        else foreach (var word in schema.EnumerateObject()) CheckWord(errors, $"{path}.{word.Name}", word.Name, word.Value, depth);
    }

    private static void CheckWord(List<FieldError> errors, string path, string word, JsonElement value, int depth)
    {
        switch (word)
        {
            case "type":
                foreach (var type in value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value })
                {
                    if (type.ValueKind != JsonValueKind.String || !Types.Contains(type.GetString()!)) errors.Add(new FieldError(path, $"is no type, or a list of them; {string.Join(", ", Types)} are accepted"));
                }

                break;
            case "properties" when value.ValueKind == JsonValueKind.Object:
                foreach (var property in value.EnumerateObject()) Check(errors, $"{path}.{property.Name}", property.Value, depth + 1);
                break;
            case "items":
            case "additionalProperties" when value.ValueKind is not (JsonValueKind.True or JsonValueKind.False):
                Check(errors, path, value, depth + 1);
                break;
            default:
                if (Fault(word, value) is { } fault) errors.Add(new FieldError(path, fault));
                break;
        }
    }

    private static string? Fault(string word, JsonElement value) => word switch
    {
        _ when Annotations.Contains(word) => null,
        "const" or "additionalProperties" => null,
        "properties" => $"is {value.KindInWords}; an object is accepted",
        "enum" => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? null : "is no list of values",
        "required" => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String) ? null : "is no list of names",
        "pattern" => value.ValueKind == JsonValueKind.String && IsPattern(value.GetString()!) ? null : "is no regular expression that can be matched without backtracking",
        _ when Counts.Contains(word) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= 0 ? null : "is no whole number of 0 or more",
        _ when Bounds.Contains(word) => value.ValueKind == JsonValueKind.Number ? null : $"is {value.KindInWords}; a number is accepted",
        _ => $"is no word that params are checked by; known are {string.Join(", ", Others.Concat(Counts).Concat(Bounds).Concat(Annotations).Order(StringComparer.Ordinal))}",
    };

    private static bool IsPattern(string pattern)
    {
        try
        {
            _ = Pattern(pattern);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
