using System.Text;
using System.Text.Json;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source.Parameters;

/// <summary>A value to bind.</summary>
/// <param name="Kind">One of <see cref="ValueKind"/>.</param>
/// <param name="Bytes">Of a text, in UTF-8, or of a blob.</param>
internal readonly record struct ParameterValue(int Kind, long Integer = 0, double Float = 0, byte[]? Bytes = null)
{
    /// <summary>What is accepted, for messages.</summary>
    private const string Accepted = "null, true, false, a number, a string, {\"$bytes\": base64} or {\"$float\": \"Infinity\" or \"-Infinity\"} is accepted";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a value from JSON.</summary>
    /// <param name="parameter">How messages call the parameter; they never show the value.</param>
    /// <exception cref="SourceException">It can't be bound without being changed.</exception>
    public static ParameterValue Read(string parameter, JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => new(ValueKind.Null),
        JsonValueKind.True => new(ValueKind.Integer, 1),
        JsonValueKind.False => new(ValueKind.Integer, 0),
        JsonValueKind.Number => Number(parameter, json),
        JsonValueKind.String => Text(parameter, json),
        JsonValueKind.Object => Tagged(parameter, json),
        _ => throw Refused(parameter, "an array"),
    };

    private static ParameterValue Number(string parameter, JsonElement json)
    {
        if (json.GetRawText().AsSpan().ContainsAny('.', 'e', 'E'))
        {
            return json.TryGetDouble(out var number) && double.IsFinite(number) ? new(ValueKind.Float, Float: number) : throw Refused(parameter, "a number beyond a double");
        }

        return json.TryGetInt64(out var integer) ? new(ValueKind.Integer, integer) : throw Refused(parameter, "an integer beyond 64 bits", "; write it as a string, or with an exponent as a double");
    }

    private static ParameterValue Text(string parameter, JsonElement json)
    {
        try
        {
            return new(ValueKind.Text, Bytes: Strict.GetBytes(json.GetString()!));
        }
        catch (Exception e) when (e is InvalidOperationException or EncoderFallbackException)
        {
            throw Refused(parameter, "ill-formed Unicode (half of a surrogate pair)", "; send bytes that are not text as {\"$bytes\": base64}");
        }
    }

    private static ParameterValue Tagged(string parameter, JsonElement json)
    {
        if (json.GetPropertyCount() != 1) throw Refused(parameter, "an object");

        var tag = json.EnumerateObject().First();
        if (tag.NameEquals("$bytes")) return tag.Value.ValueKind == JsonValueKind.String && tag.Value.TryGetBytesFromBase64(out var bytes) ? new(ValueKind.Blob, Bytes: bytes) : throw Refused(parameter, "$bytes that are not base64");
        if (!tag.NameEquals("$float")) throw Refused(parameter, "an object");
        if (tag.Value.ValueKind != JsonValueKind.String) throw Refused(parameter, "a $float that is not a string");
        if (tag.Value.ValueEquals("Infinity")) return new(ValueKind.Float, Float: double.PositiveInfinity);
        if (tag.Value.ValueEquals("-Infinity")) return new(ValueKind.Float, Float: double.NegativeInfinity);
        throw Refused(parameter, tag.Value.ValueEquals("NaN") ? "NaN, which SQLite would turn into NULL" : "an unknown $float");
    }

    private static SourceException Refused(string parameter, string found, string advice = "") =>
        SourceException.Syntax($"The {parameter} is {found}; {Accepted}{advice}.", "parameter_type");
}
