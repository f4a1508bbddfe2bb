using System.Globalization;
using System.Text;
using Meanwhile.Postgres.Source.Text;

namespace Meanwhile.Postgres.Source.Parameters;

/// <summary>A statement as it is sent: each parameter is <c>$n</c>, numbered anew, and what the server says of a place in it leads back to the user's text.</summary>
internal sealed class BoundText
{
    private readonly List<(int Sent, int Written)> _anchors = [];
    private readonly string _written;

    private BoundText(string written, string sql, IReadOnlyList<ParameterValue> values)
    {
        _written = written;
        Sql = sql;
        Values = values;
    }

    /// <summary>What is sent.</summary>
    public string Sql { get; }

    /// <summary>The values of <c>$1</c>, <c>$2</c> and so on.</summary>
    public IReadOnlyList<ParameterValue> Values { get; }

    /// <summary>Makes the text of a statement, or of a part of it.</summary>
    /// <param name="from">Where the part begins in the whole text; null = where the statement does.</param>
    /// <param name="to">Where it ends.</param>
    public static BoundText Of(StatementText statement, ParameterSet parameters, int? from = null, int? to = null)
    {
        var (start, end) = (from ?? statement.Start, to ?? statement.End);
        var sent = new StringBuilder();
        List<ParameterValue> values = [];
        List<(int, int)> anchors = [(0, start)];
        Dictionary<string, int> numbers = [];
        var at = start;
        foreach (var token in statement.Parameters.Where(token => token.Start >= start && token.End <= end))
        {
            sent.Append(statement.Sql, at, token.Start - at);
            var key = ParameterSet.KeyOf(statement.Sql, token);
            if (!numbers.TryGetValue(key, out var number))
            {
                numbers[key] = number = numbers.Count + 1;
                values.Add(parameters.ValueOf(statement.Sql, token));
            }

            anchors.Add((sent.Length, token.Start));
            sent.Append('$').Append(number.ToString(CultureInfo.InvariantCulture));
            at = token.End;
            anchors.Add((sent.Length, at));
        }

        sent.Append(statement.Sql, at, end - at);
        var bound = new BoundText(statement.Sql, sent.ToString(), values);
        bound._anchors.AddRange(anchors);
        return bound;
    }

    /// <summary>The place in the user's whole text, in characters from 1, of a place in what was sent.</summary>
    /// <param name="position">In characters from 1, as the server counts; 0 = it did not say.</param>
    /// <param name="before">How many characters were sent before this text.</param>
    public int? PositionOf(int position, int before = 0)
    {
        if (position <= before) return null;

        var sent = Math.Min(Utf16Index(Sql, position - before - 1), Sql.Length);
        var anchor = _anchors.FindLast(anchor => anchor.Sent <= sent);
        return CharactersIn(_written.AsSpan(0, Math.Min(anchor.Written + sent - anchor.Sent, _written.Length))) + 1;
    }

    /// <summary>The place of a statement in its whole text, in characters from 1.</summary>
    public static int PositionOf(StatementText statement) => CharactersIn(statement.Sql.AsSpan(0, statement.Start)) + 1;

    private static int Utf16Index(string text, int characters)
    {
        var at = 0;
        for (; characters > 0 && at < text.Length; characters--) at += char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
        return at;
    }

    private static int CharactersIn(ReadOnlySpan<char> text)
    {
        var count = text.Length;
        foreach (var c in text)
        {
            if (char.IsLowSurrogate(c)) count--;
        }

        return count;
    }
}
