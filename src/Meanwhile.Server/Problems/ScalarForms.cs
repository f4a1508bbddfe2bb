using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Contracts;
using Meanwhile.Problems;

namespace Meanwhile.Server;

/// <summary>Says what a field that holds one value takes, and what was found instead.</summary>
internal static class ScalarForms
{
    /// <summary>What is wrong with a value, as a message that follows the field's name; null when nothing is.</summary>
    /// <param name="property">The field, which may say its range; null inside a list.</param>
    public static string? Fault(JsonElement value, Type type, JsonPropertyInfo? property)
    {
        var kind = Nullable.GetUnderlyingType(type) ?? type;
        if (value.ValueKind is JsonValueKind.String && !IsWellFormed(value)) return "holds text that is not well-formed Unicode (a lone surrogate)";
        return Fits(value, kind) ? null : $"is {Shown(value)}; {Accepted(kind)}{RangeOf(property)} is accepted";
    }

    /// <summary>A value as a message shows it.</summary>
    public static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String when IsWellFormed(value) => $"a string \"{Refusals.Short(value.GetString()!)}\"",
        JsonValueKind.Number => $"a number {Refusals.Short(value.GetRawText())}",
        _ => value.KindInWords,
    };

    private static bool Fits(JsonElement value, Type kind) =>
        kind == typeof(string) ? value.ValueKind is JsonValueKind.String
        : kind == typeof(bool) ? value.ValueKind is JsonValueKind.True or JsonValueKind.False
        : kind == typeof(int) ? value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out _)
        : kind == typeof(long) ? value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out _)
        : kind == typeof(double) ? value.ValueKind is JsonValueKind.Number
        : kind != typeof(DateTimeOffset) || (value.ValueKind is JsonValueKind.String && Timestamps.TryParse(value.GetString(), out _));

    private static string Accepted(Type kind) =>
        kind == typeof(string) ? "a string"
        : kind == typeof(bool) ? "true or false"
        : kind == typeof(int) || kind == typeof(long) ? "an integer"
        : kind == typeof(double) ? "a number"
        : "a time such as 2026-01-31T12:00:00.000Z, with its offset,";

    private static string RangeOf(JsonPropertyInfo? property)
    {
        var range = property?.AttributeProvider?.GetCustomAttributes(typeof(RangeAttribute), inherit: true) is [RangeAttribute found, ..] ? found : null;
        if (range is null) return "";
        var (min, max) = (Text(range.Minimum), Text(range.Maximum));
        return range.MinimumIsExclusive ? $" above {min} and up to {max}" : $" from {min} to {max}";
    }

    private static string Text(object bound) => Convert.ToString(bound, CultureInfo.InvariantCulture)!;

    private static bool IsWellFormed(JsonElement text)
    {
        try
        {
            return text.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false; // what the reader throws when the text can't be made of UTF-16
        }
    }
}
