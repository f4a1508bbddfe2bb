using System.Text;

namespace Meanwhile.Samples.Data;

/// <summary>Reads CSV as RFC 4180 has it, and keeps apart what most readers do not: a cell that is empty, and one that is <c>""</c>.</summary>
public static class CsvCells
{
    /// <summary>The records, one line break or the end after each; an empty cell without quotes is null.</summary>
    public static IEnumerable<string?[]> Read(TextReader reader)
    {
        while (reader.Peek() >= 0) yield return ReadRecord(reader);
    }

    private static string?[] ReadRecord(TextReader reader)
    {
        List<string?> cells = [];
        while (true)
        {
            cells.Add(reader.Peek() == '"' ? ReadQuoted(reader) : ReadBare(reader));
            switch (reader.Read())
            {
                case ',':
                    continue;
                case '\r' when reader.Peek() == '\n':
                    reader.Read();
                    return [.. cells];
                case '\n' or -1:
                    return [.. cells];
                case var other:
                    throw new FormatException($"After a quoted cell comes a comma or the line's end, not U+{other:X4}.");
            }
        }
    }

    private static string? ReadBare(TextReader reader)
    {
        var cell = new StringBuilder();
        while (reader.Peek() is not (',' or '\r' or '\n' or -1)) cell.Append((char)reader.Read());
        return cell.Length == 0 ? null : cell.ToString();
    }

    private static string ReadQuoted(TextReader reader)
    {
        var cell = new StringBuilder();
        reader.Read();
        while (reader.Read() is var next)
        {
            if (next == -1) throw new FormatException("A quoted cell is not closed.");
            if (next == '"' && reader.Peek() != '"') break;
            if (next == '"') reader.Read();
            cell.Append((char)next);
        }

        return cell.ToString();
    }
}
