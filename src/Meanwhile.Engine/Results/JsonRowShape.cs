using System.Text;

namespace Meanwhile.Results;

/// <summary>Gives stored rows the shape in which JSON readers want them.</summary>
internal sealed class JsonRowShape
{
    private readonly NumberShape _numbers;
    private readonly byte[][]? _openings;

    public JsonRowShape(IReadOnlyList<ResultColumn> columns, RowShape rows, NumberShape numbers)
    {
        _numbers = numbers;
        _openings = rows == RowShape.Objects ? Openings(UniqueNames(columns)) : null;
    }

    /// <summary>Whether rows look just as they are stored.</summary>
    public bool IsStored => _openings is null && _numbers == NumberShape.Native;

    /// <summary>Appends a row.</summary>
    /// <param name="row">As stored, without the line's end.</param>
    public void Append(ReadOnlySpan<byte> row, PooledBytes into)
    {
        if (IsStored)
        {
            into.Append(row);
            return;
        }

        var column = 0;
        foreach (var cell in new RowCells(row))
        {
            if (_openings is not null) into.Append(_openings[column]);
            else into.Append(column == 0 ? (byte)'[' : (byte)',');
            AppendCell(cell, into);
            column++;
        }

        into.Append(_openings is null ? (byte)']' : (byte)'}');
    }

    /// <summary>The columns' names; one that came before gets <c>_2</c>, <c>_3</c> and so on, passing over names that are taken.</summary>
    public static IReadOnlyList<string> UniqueNames(IReadOnlyList<ResultColumn> columns)
    {
        var given = columns.Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        HashSet<string> used = new(StringComparer.Ordinal);
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        List<string> names = [];
        foreach (var column in columns)
        {
            var name = column.Name;
            if (!used.Add(name))
            {
                var count = counts.GetValueOrDefault(column.Name, 1);
                do name = $"{column.Name}_{++count}";
                while (given.Contains(name) || !used.Add(name));
                counts[column.Name] = count;
            }

            names.Add(name);
        }

        return names;
    }

    private void AppendCell(ReadOnlySpan<byte> cell, PooledBytes into)
    {
        var quoted = _numbers == NumberShape.Strings && (cell[0] == (byte)'-' || char.IsAsciiDigit((char)cell[0]));
        if (quoted) into.Append((byte)'"');
        into.Append(cell);
        if (quoted) into.Append((byte)'"');
    }

    private static byte[][] Openings(IReadOnlyList<string> names)
    {
        using PooledBytes opening = new();
        return [.. names.Select((name, column) =>
        {
            opening.Count = 0;
            opening.Append(column == 0 ? (byte)'{' : (byte)',');
            JsonText.Append(Encoding.UTF8.GetBytes(name), opening);
            opening.Append((byte)':');
            return opening.Span.ToArray();
        })];
    }
}
