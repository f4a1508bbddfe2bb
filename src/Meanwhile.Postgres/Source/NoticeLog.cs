using System.Globalization;
using Meanwhile.Sources;
using Npgsql;

namespace Meanwhile.Postgres.Source;

/// <summary>Adds what the server says besides results to the attempt's log, up to a number of lines.</summary>
internal sealed class NoticeLog(IStatementObserver observer, int noticesMax)
{
    private const int LengthMax = 4_000;
    private int _count;

    /// <summary>Adds a notice.</summary>
    public void Add(PostgresNotice notice)
    {
        if (_count > noticesMax) return;

        _count++;
        observer.Log(_count > noticesMax ? $"The server said more than {noticesMax.ToString(CultureInfo.InvariantCulture)} notices; the rest is not kept." : Line(notice));
    }

    private static string Line(PostgresNotice notice)
    {
        var line = $"{notice.Severity}: {notice.MessageText}";
        if (notice.Detail is { Length: > 0 } detail) line += $" DETAIL: {detail}";
        if (notice.Hint is { Length: > 0 } hint) line += $" HINT: {hint}";
        return line.Length > LengthMax ? string.Concat(line.AsSpan(0, LengthMax), "...") : line;
    }
}
