using System.Collections.Immutable;
using Meanwhile.Jobs;
using Meanwhile.Sqlite.Source.Hardening;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source;

/// <summary>Maps SQLite's result codes to the kinds that decide what happens next.</summary>
internal static class SqliteErrors
{
    /// <summary>The error of a result code.</summary>
    /// <param name="code">Extended, as in https://sqlite.org/rescode.html.</param>
    /// <param name="message">SQLite's own words.</param>
    /// <param name="position">In characters from 1; null when it does not say.</param>
    public static JobError Of(int code, string message, int? position = null)
    {
        var (kind, word, hint) = Classify(code, message);
        return JobError.Of(kind, message, word, hint) with { SourceCode = ResultNames.Of(code), Position = position };
    }

    /// <summary>Says more about a failure than SQLite does: what refused it, and what became of its transaction.</summary>
    /// <param name="statement">Which statement of the script failed, from 1; at most 1 where there is only one.</param>
    public static JobError Explain(JobError error, Connector connector, SourceDatabase database, StatementGuard guard, int statement)
    {
        if (guard.MemoryExceeded && error.Code == "interrupted" && !guard.Stopped) error = connector.MemoryExceeded;
        else if (guard.HeapExceeded && error.Code == "interrupted" && !guard.Stopped) error = HeapExceeded;
        else if (guard.DiskExceeded && error.Code == "interrupted" && !guard.Stopped) error = DiskExceeded;
        else if (guard.Denied is { } denied && !guard.Stopped) error = JobError.Of(ErrorKind.Permission, denied.Message, denied.Code, denied.Hint) with { SourceCode = error.SourceCode, Position = error.Position };
        else if (connector.ReadOnly && error.Code == "read_only") error = error with { Hint = ScriptPolicy.ReadOnlyHint };

        if (statement > 1) error = error with { Message = $"Statement {statement} of the script: {error.Message}", Hint = error.Hint ?? EarlierStatements(connector, database) };
        return database.InTransaction && database.HasUncommittedWrites
            ? error with { Message = $"{error.Message.TrimEnd('.')}. The open transaction was rolled back." }
            : error;
    }

    private static JobError HeapExceeded => JobError.Of(
        ErrorKind.ResourceLimit, $"The statements that ran here took more memory together than the {SqliteHeap.BytesMax} bytes that the server allows.", "memory_limit", MemoryHint);

    private static JobError DiskExceeded => JobError.Of(
        ErrorKind.ResourceLimit, "What the statement sorts or keeps aside left too little of the disk.", "disk_full", "Sort or group fewer or shorter rows, or free space where the server keeps temporary files.");

    private const string MemoryHint = "Select fewer or shorter values at a time, or try again when less is running.";

    private static string? EarlierStatements(Connector connector, SourceDatabase database) => connector.ReadOnly || database.InTransaction
        ? null
        : "The statements before it are committed, each by itself; write BEGIN and COMMIT around a script that must be all or nothing.";

    private static (ErrorKind Kind, string? Word, string? Hint) Classify(int code, string message) => code switch
    {
        ResultCode.IoErrNoMem => (ErrorKind.ResourceLimit, "out_of_memory", MemoryHint),
        ResultCode.MissingCollation => (ErrorKind.NotFound, "no_such_collation", null),
        ResultCode.Error when MissingOf(message) is { } word => (ErrorKind.NotFound, word, null),
        _ => ClassifyPrimary(ResultCode.Primary(code)),
    };

    /// <summary>What a message of SQLITE_ERROR says is not there, as a word of ours; null when it says something else. There is no code for it.</summary>
    private static string? MissingOf(string message) =>
        message.StartsWith("unknown database", StringComparison.Ordinal) ? "no_such_database"
        : message.StartsWith("table ", StringComparison.Ordinal) && message.Contains(" has no column named ", StringComparison.Ordinal) ? "no_such_column"
        : Missing.FirstOrDefault(what => message.StartsWith(what.Begins, StringComparison.Ordinal)).Word;

    private static readonly ImmutableArray<(string Begins, string Word)> Missing =
    [
        ("no such table", "no_such_table"),
        ("no such view", "no_such_view"),
        ("no such column", "no_such_column"),
        ("no such index", "no_such_index"),
        ("no such trigger", "no_such_trigger"),
        ("no such function", "no_such_function"),
        ("no such collation", "no_such_collation"),
        ("no such module", "no_such_module"),
        ("no such savepoint", "no_such_savepoint"),
    ];

    private static (ErrorKind Kind, string? Word, string? Hint) ClassifyPrimary(int primary) => primary switch
    {
        ResultCode.Busy or ResultCode.Locked => (ErrorKind.Transient, "database_busy", "Another connection holds the database's lock."),
        ResultCode.Protocol or ResultCode.Schema => (ErrorKind.Transient, "database_busy", null),
        ResultCode.ReadOnly => (ErrorKind.Permission, "read_only", "The database file can't be written."),
        ResultCode.Auth => (ErrorKind.Permission, "not_allowed", null),
        ResultCode.Perm => (ErrorKind.Permission, null, "The server's user may not use the file."),
        ResultCode.Full => (ErrorKind.ResourceLimit, "disk_full", "There is no space where the database, or its temporary files, lie."),
        ResultCode.NoMem => (ErrorKind.ResourceLimit, "out_of_memory", MemoryHint),
        ResultCode.TooBig => (ErrorKind.ResourceLimit, "cell_too_big", "One value, or the statement, is longer than the source allows."),
        ResultCode.CantOpen => (ErrorKind.NotFound, "cannot_open", "Check the source's path and that the server's user may read it."),
        ResultCode.NotADatabase => (ErrorKind.Internal, "not_a_database", "The source's path names a file that is not an SQLite database."),
        ResultCode.Corrupt => (ErrorKind.Internal, "database_corrupt", "Run PRAGMA integrity_check on the source's database, and restore it from a backup."),
        ResultCode.IoErr => (ErrorKind.Transient, "disk_error", "The disk answered with an error: see the server's system log."),
        ResultCode.Interrupt => (ErrorKind.Canceled, "interrupted", null),
        ResultCode.Constraint => (ErrorKind.Syntax, "constraint", "The statement would break a constraint of its table."),
        ResultCode.Mismatch => (ErrorKind.Syntax, "datatype_mismatch", "A value is of a type that its column, or LIMIT, does not take."),
        ResultCode.Range => (ErrorKind.Internal, null, null), // parameters are counted before
        ResultCode.Internal or ResultCode.Misuse => (ErrorKind.Internal, null, null),
        ResultCode.NoLargeFiles => (ErrorKind.ResourceLimit, null, "The server's system has no files as large as this."),
        _ => (ErrorKind.Syntax, null, null), // SQLITE_ERROR and its kin: the statement is wrong, or wrong for these data
    };
}
