using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Meanwhile.Access;
using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Crash;

/// <summary>The kinds of work that a server is killed over.</summary>
internal enum WorkKind
{
    /// <summary>Computes until it is cancelled.</summary>
    Endless,

    /// <summary>Waits for a lock that nobody gives back, until it is cancelled.</summary>
    Waiting,

    /// <summary>One row, kept with the job.</summary>
    Short,

    /// <summary>So many rows that they go to files, in several partitions.</summary>
    Rows,

    /// <summary>Writes a row and runs on for a while: may not be run twice.</summary>
    WriteOnce,

    /// <summary>The same, but says that it may be repeated.</summary>
    WriteAgain,
}

/// <summary>One submission: what is asked, and what must come of it.</summary>
/// <param name="Number">Unlike every other's.</param>
internal sealed record Work(WorkKind Kind, int Number, JobRequest Request)
{
    public const string Numbers = "numbers";
    public const string Ledger = "ledger";
    public const string Held = "held";
    public const int MaxAttemptsDefault = 3;

    private const int RowCount = 60_000;
    private const int AttemptsMax = 100; // more than there are kills

    private static readonly byte[] RowsHash = SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Concat(Enumerable.Range(1, RowCount).Select(n => string.Create(CultureInfo.InvariantCulture, $"[{n},\"{n:D40}\"]\n")))));

    public static Work Of(WorkKind kind, int number, bool isKeyed)
    {
        var request = Ask.Query(Source(kind), Sql(kind), Parameters(kind, number)) with
        {
            IdempotencyKey = isKeyed ? $"work-{number}" : null,
            MaxAttempts = kind is WorkKind.Endless or WorkKind.Waiting or WorkKind.Rows ? AttemptsMax : null,
            Priority = kind is WorkKind.Endless or WorkKind.Waiting ? 10 : null,
            Idempotent = kind == WorkKind.WriteAgain ? true : null,
        };
        return new Work(kind, number, request);
    }

    /// <summary>Whether it runs until it is cancelled.</summary>
    public bool IsEndless => Kind is WorkKind.Endless or WorkKind.Waiting;

    /// <summary>How the writing ones mark their row.</summary>
    public static string Token(WorkKind kind, int number) => $"{kind}-{number}";

    /// <summary>Checks a succeeded job's rows, exported as NDJSON.</summary>
    public void CheckRows(byte[] ndjson)
    {
        if (Kind == WorkKind.Rows) Assert.Equal(RowsHash, SHA256.HashData(ndjson));
        if (Kind == WorkKind.Short) Assert.Equal($"[{Number * 2}]\n", Encoding.UTF8.GetString(ndjson));
    }

    private static string Source(WorkKind kind) => kind switch
    {
        WorkKind.Waiting => Held,
        WorkKind.WriteOnce or WorkKind.WriteAgain => Ledger,
        WorkKind.Endless or WorkKind.Short or WorkKind.Rows => Numbers,
    };

    private static string Sql(WorkKind kind) => kind switch
    {
        WorkKind.Endless => Ask.ForHours,
        WorkKind.Waiting => "select count(*) from sqlite_schema",
        WorkKind.Short => "select :n * 2",
        WorkKind.Rows => $"with recursive c(n) as (select 1 union all select n + 1 from c where n < {RowCount}) select n, printf('%040d', n) from c",
        WorkKind.WriteOnce or WorkKind.WriteAgain =>
            "insert into writes (token) values (:token); with recursive c(n) as (select 1 union all select n + 1 from c where n < 200000) select count(*) from c",
    };

    private static (string, System.Text.Json.Nodes.JsonNode)[] Parameters(WorkKind kind, int number) => kind switch
    {
        WorkKind.Short => [("n", number)],
        WorkKind.WriteOnce or WorkKind.WriteAgain => [("token", Token(kind, number))],
        WorkKind.Endless or WorkKind.Waiting or WorkKind.Rows => [],
    };
}
