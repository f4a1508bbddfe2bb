using System.Text;

namespace Meanwhile.Results;

/// <summary>A reader of RFC 4180 that tells an empty field (null) from a quoted empty one.</summary>
internal static class CsvText
{
    public static IEnumerable<string?[]> Parse(string csv)
    {
        List<string?> fields = [];
        var at = 0;
        while (at < csv.Length)
        {
            fields.Add(csv[at] == '"' ? Quoted(csv, ref at) : Plain(csv, ref at));
            if (csv[at] == ',')
            {
                at++;
                continue;
            }

            Assert.Equal("\r\n", csv.Substring(at, 2));
            at += 2;
            yield return [.. fields];
            fields.Clear();
        }
    }

    private static string? Plain(string csv, ref int at)
    {
        var start = at;
        at += csv.AsSpan(at).IndexOfAny(",\r\n\"");
        return at == start ? null : csv[start..at];
    }

    private static string Quoted(string csv, ref int at)
    {
        StringBuilder text = new();
        while (true)
        {
            var start = ++at;
            at = csv.IndexOf('"', at);
            text.Append(csv, start, at - start);
            if (++at == csv.Length || csv[at] != '"') return text.ToString();
            text.Append('"');
        }
    }
}
