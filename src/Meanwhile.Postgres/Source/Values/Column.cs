using System.Globalization;
using Meanwhile.Results;

namespace Meanwhile.Postgres.Source.Values;

/// <summary>A column of a result: what is told of it, and how its values are read.</summary>
/// <param name="Element">The kind of an array's elements; text for all else.</param>
/// <param name="Delimiter">What stands between an array's elements: a semicolon for boxes.</param>
internal sealed record Column(ResultColumn Described, ValueKind Kind, ValueKind Element, byte Delimiter)
{
    /// <summary>Makes a column.</summary>
    /// <param name="type">The number of its type.</param>
    /// <param name="typeName">With its modifier, such as <c>numeric(10,2)</c>.</param>
    /// <param name="elementType">The base type of an array's elements; null for what is no array.</param>
    public static Column Of(string name, uint type, string typeName, bool? nullable, uint? elementType, char delimiter)
    {
        var (precision, scale) = Digits(typeName);
        var described = new ResultColumn { Name = name, Type = typeName, Nullable = nullable, Precision = precision, Scale = scale };
        return elementType is { } element
            ? new Column(described, ValueKind.Array, ValueKinds.Of(element), (byte)delimiter)
            : new Column(described, ValueKinds.Of(type), ValueKind.Text, (byte)',');
    }

    /// <summary>Precision and scale as a numeric's name has them.</summary>
    private static (int? Precision, int? Scale) Digits(string typeName)
    {
        if (!typeName.StartsWith("numeric(", StringComparison.Ordinal) || !typeName.EndsWith(')')) return (null, null);

        var parts = typeName[8..^1].Split(',');
        return (Number(parts[0]), parts.Length > 1 ? Number(parts[1]) : 0);
    }

    private static int? Number(string text) => int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;
}
