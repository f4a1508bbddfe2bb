namespace Meanwhile.Cli.Tables;

/// <summary>Rows under a header, as text: numbers right, all else left, two spaces between.</summary>
internal sealed record Table(IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<Cell>> Rows)
{
    private const int Gap = 2;
    private const int ColumnWidthMin = 6;

    /// <summary>The lines of the table.</summary>
    /// <param name="width">The terminal's width, into which wide cells are shortened; null = nothing is.</param>
    /// <returns>One record below the other where even shortened columns do not fit side by side.</returns>
    public IEnumerable<string> Lines(int? width)
    {
        var natural = NaturalWidths();
        if (width is not { } max) return Grid(natural);
        return Fit(natural, max - (Gap * Math.Max(0, natural.Length - 1))) is { } widths ? Grid(widths) : Records(max);
    }

    /// <summary>Writes the table's lines.</summary>
    public void WriteTo(TextWriter writer, int? width)
    {
        foreach (var line in Lines(width)) writer.WriteLine(line);
    }

    private int[] NaturalWidths() =>
        [.. Headers.Select((header, i) => Rows.Select(row => Printable.Width(row[i].Text)).Append(Printable.Width(Printable.Of(header))).Max())];

    /// <summary>Takes from the widest columns until all fit; null when they can't.</summary>
    private static int[]? Fit(int[] natural, int room)
    {
        if (natural.Sum() <= room) return natural;
        if (natural.Sum(width => Math.Min(width, ColumnWidthMin)) > room) return null;
        int Used(int cap) => natural.Sum(width => Math.Min(width, cap));
        var cap = ColumnWidthMin;
        while (Used(cap + 1) <= room) cap++;
        var spare = room - Used(cap);
        return [.. natural.Select(width => width > cap && spare-- > 0 ? cap + 1 : Math.Min(width, cap))];
    }

    private IEnumerable<string> Grid(int[] widths)
    {
        bool[] right = [.. Headers.Select((_, i) => Rows.Any(row => row[i].IsNumber) && Rows.All(row => row[i].IsNumber || row[i].IsNull || row[i].Text.Length == 0))];
        yield return Line(Headers.Select(Printable.Of), widths, right);
        yield return Line(widths.Select(width => new string('-', width)), widths, right);
        foreach (var row in Rows) yield return Line(row.Select(cell => cell.Text), widths, right);
    }

    private static string Line(IEnumerable<string> cells, int[] widths, bool[] right) =>
        string.Join(new string(' ', Gap), cells.Select((cell, i) => Pad(Printable.Shorten(cell, Math.Max(1, widths[i])), widths[i], right[i]))).TrimEnd();

    private static string Pad(string cell, int width, bool right)
    {
        var space = new string(' ', Math.Max(0, width - Printable.Width(cell)));
        return right ? space + cell : cell + space;
    }

    private IEnumerable<string> Records(int width)
    {
        var names = Headers.Select(Printable.Of).ToArray();
        var nameWidth = Math.Min(names.Max(Printable.Width), (width / 2) - Gap);
        for (var i = 0; i < Rows.Count; i++)
        {
            yield return $"-- row {i + 1} --";
            foreach (var (name, cell) in names.Zip(Rows[i]))
            {
                var value = Printable.Shorten(cell.Text, width - nameWidth - Gap);
                yield return $"{Pad(Printable.Shorten(name, nameWidth), nameWidth, right: false)}{new string(' ', Gap)}{value}".TrimEnd();
            }
        }
    }
}
