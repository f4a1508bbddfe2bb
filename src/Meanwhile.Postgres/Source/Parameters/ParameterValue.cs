using System.Text.Json;
using Meanwhile.Problems;

namespace Meanwhile.Postgres.Source.Parameters;

/// <summary>A value to bind: as text, whose type the server infers from where it stands.</summary>
/// <param name="Text">Null = NULL.</param>
/// <param name="IsBytes">Whether it is bytea in hexadecimal, which is sent as such.</param>
internal readonly record struct ParameterValue(string? Text, bool IsBytes = false)
{
    private const string Accepted = "null, true, false, a number, a string, an array of these, an object (as JSON), {\"$bytes\": base64}, {\"$float\": \"NaN\", \"Infinity\" or \"-Infinity\"} or {\"$json\": value} is accepted";

    /// <summary>Reads a value from JSON.</summary>
    /// <param name="parameter">How messages call the parameter; they never show the value.</param>
    /// <exception cref="SourceException">It can't be bound without being changed.</exception>
    public static ParameterValue Read(string parameter, JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => new(null),
        JsonValueKind.True => new("true"),
        JsonValueKind.False => new("false"),
        JsonValueKind.Number => new(json.GetRawText()),
        JsonValueKind.String => new(TextOf(parameter, json)),
        JsonValueKind.Array => new(ArrayLiteral.Of(parameter, json)),
        JsonValueKind.Object => Object(parameter, json),
        _ => throw Refused(parameter, json.KindInWords),
    };

    /// <summary>A string as PostgreSQL can hold it.</summary>
    public static string TextOf(string parameter, JsonElement json)
    {
        try
        {
            var text = json.GetString()!;
            return text.Contains('\0') ? throw Refused(parameter, "text with the character U+0000, which PostgreSQL can't hold", "; send bytes as {\"$bytes\": base64}") : text;
        }
        catch (InvalidOperationException)
        {
            throw Refused(parameter, "ill-formed Unicode (half of a surrogate pair)", "; send bytes that are not text as {\"$bytes\": base64}");
        }
    }

    /// <summary>What a tag holds; null when the object is no tag of ours.</summary>
    public static ParameterValue? Tagged(string parameter, JsonElement json)
    {
        if (json.GetPropertyCount() != 1) return null;

        var tag = json.EnumerateObject().First();
        if (tag.NameEquals("$json")) return new(tag.Value.GetRawText());
        if (tag.NameEquals("$bytes")) return tag.Value.ValueKind == JsonValueKind.String && tag.Value.TryGetBytesFromBase64(out var bytes) ? new($"\\x{Convert.ToHexStringLower(bytes)}", IsBytes: true) : throw Refused(parameter, "$bytes that are not base64");
        if (!tag.NameEquals("$float")) return null;
        if (tag.Value.ValueKind == JsonValueKind.String && tag.Value.GetString() is "NaN" or "Infinity" or "-Infinity") return new(tag.Value.GetString());
        throw Refused(parameter, "an unknown $float");
    }

    /// <summary>The refusal of a value.</summary>
    public static SourceException Refused(string parameter, string found, string advice = "") =>
        SourceException.Syntax($"The {parameter} is {found}; {Accepted}{advice}.", "parameter_type");

    private static ParameterValue Object(string parameter, JsonElement json) => Tagged(parameter, json) ?? new(json.GetRawText());
}
