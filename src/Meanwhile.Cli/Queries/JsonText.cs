using System.Text.Json;
using System.Text.Json.Nodes;
using Meanwhile.Cli.Jobs;
using Meanwhile.Cli.Problems;

namespace Meanwhile.Cli.Queries;

/// <summary>JSON that a person typed.</summary>
internal static class JsonText
{
    /// <summary>Reads it.</summary>
    /// <exception cref="UsageException">It is not JSON.</exception>
    public static JsonElement Parse(string option, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException bad)
        {
            throw new UsageException($"{option} is not JSON: it breaks off, or holds something unexpected, at line {bad.LineNumber + 1}, byte {bad.BytePositionInLine + 1}.", "Names and texts stand in double quotes; a shell wants the whole in single ones.");
        }
    }

    /// <summary>The parameters of a statement: the object or array of <c>--params</c>, or one made of each <c>--param name=value</c>; null for none.</summary>
    public static JsonNode? Parameters(string? json, string[] named)
    {
        if (json is not null && named is not []) throw new UsageException("Give --params or --param, not both.");
        if (json is not null) return JsonNode.Parse(Parse("--params", json).GetRawText());
        if (named is []) return null;
        var parameters = new JsonObject();
        foreach (var text in named)
        {
            var (name, value) = LabelOptions.Split("--param", text);
            parameters[name] = Value(value);
        }

        return parameters;
    }

    /// <summary>A number, true, false, null, or anything quoted or bracketed as JSON; all else is text.</summary>
    public static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
