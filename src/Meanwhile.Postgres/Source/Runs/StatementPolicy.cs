using System.Collections.Frozen;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source.Text;

namespace Meanwhile.Postgres.Source.Runs;

/// <summary>Decides by the words of a statement what it may do and how it is run. Pure.</summary>
/// <remarks>
/// Words refuse early and clearly what is meant well; they are no guard, since functions hide what they do. What guards is the server: the read-only
/// transaction, the proof that it was not left, its rollback, and a role that may do no more.
/// </remarks>
internal static class StatementPolicy
{
    /// <summary>What to do about a write that was refused.</summary>
    public const string ReadOnlyHint = "Use a source defined with \"read_only\": false to write.";

    /// <summary>Why a statement is refused before anything of its text runs; null when nothing is known against it.</summary>
    public static JobError? Refusal(StatementText statement, bool readOnly)
    {
        if (!readOnly) return null;

        var verb = statement.Verb;
        if (TransactionVerbs.Contains(verb) || (verb == "PREPARE" && statement.Word(1) == "TRANSACTION"))
        {
            return JobError.Of(ErrorKind.Permission, $"{verb} is not allowed: on a read-only source the whole text runs in one read-only transaction.", "not_allowed", "Leave it out.");
        }

        if (WritingVerbs.Contains(verb)) return NotReading(statement);
        return statement.FirstOf(ReachingFunctions) is { } function
            ? JobError.Of(ErrorKind.Permission, $"The function {function} is not allowed on a read-only source: it acts beyond its transaction.", "not_allowed", ReadOnlyHint)
            : null;
    }

    /// <summary>Whether a statement is of a kind that only reads. What is of no kind that is known here is sent through the gate first: it may be a mistake in writing, of which the server tells more.</summary>
    public static bool Reads(StatementText statement) => ReadingVerbs.Contains(statement.Verb);

    /// <summary>The refusal of what does not only read.</summary>
    public static JobError NotReading(StatementText statement) => JobError.Of(
        ErrorKind.Permission, $"The source is read-only, and {(statement.Verb.Length > 0 ? statement.Verb : "the statement")} is none of the statements that only read.", "read_only", ReadOnlyHint);

    /// <summary>Whether a statement may write, by its words; a query that calls a function that writes is not seen.</summary>
    public static bool MayWrite(StatementText statement) => !ReadingVerbs.Contains(statement.Verb) || statement.Verb is "EXECUTE" or "PREPARE" || statement.FirstOf(WritingWords) is not null;

    /// <summary>Whether EXPLAIN can tell what a statement costs.</summary>
    public static bool IsPlanned(StatementText statement) =>
        statement.Verb is "SELECT" or "VALUES" or "TABLE" or "WITH" or "INSERT" or "UPDATE" or "DELETE" or "MERGE" or "EXECUTE" or "DECLARE"
        || (statement.Verb == "CREATE" && statement.Has("as") && (statement.Has("table") || statement.Has("materialized")) && !IsRoutine(statement));

    /// <summary>Whether a statement costs nothing to speak of.</summary>
    public static bool IsFree(StatementText statement) => statement.Verb is "SET" or "RESET" or "SHOW" or "EXPLAIN" or "FETCH" or "MOVE" or "CLOSE" or "PREPARE" or "DEALLOCATE" || TransactionVerbs.Contains(statement.Verb);

    /// <summary>Whether the text can't be one transaction: it has its own, or something that the server runs only by itself.</summary>
    public static bool IsPiecewise(Script script) =>
        script.Statements.Any(IsAlone) || (script.Statements is [var only] && only.Verb is "CALL" or "DO"); // a routine may commit, if it is not within a transaction

    private static bool IsAlone(StatementText statement) => statement.Verb switch
    {
        _ when TransactionVerbs.Contains(statement.Verb) => true,
        "VACUUM" => true,
        "PREPARE" => statement.Word(1) == "TRANSACTION",
        "CREATE" => statement.Word(1) is "DATABASE" or "TABLESPACE" or "SUBSCRIPTION" || (statement.Has("index") && statement.Has("concurrently")),
        "DROP" => statement.Word(1) is "DATABASE" or "TABLESPACE" or "SUBSCRIPTION" || (statement.Word(1) == "INDEX" && statement.Has("concurrently")),
        "REINDEX" => statement.Has("concurrently") || statement.Has("database") || statement.Has("schema") || statement.Has("system"),
        "CLUSTER" => statement.Word(1).Length == 0,
        "ALTER" => statement.Word(1) is "SYSTEM" or "SUBSCRIPTION" || (statement.Word(1) == "DATABASE" && statement.Has("tablespace")) || (statement.Has("detach") && statement.Has("concurrently")),
        "DISCARD" => statement.Word(1) == "ALL",
        _ => false,
    };

    private static bool IsRoutine(StatementText statement) => statement.Has("function") || statement.Has("procedure");

    private static readonly FrozenSet<string> TransactionVerbs = FrozenSet.Create(
        StringComparer.Ordinal, "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE");

    private static readonly FrozenSet<string> ReadingVerbs = FrozenSet.Create(
        StringComparer.Ordinal,
        "SELECT", "VALUES", "TABLE", "WITH", "SHOW", "EXPLAIN", "COPY", "SET", "RESET", "DECLARE", "FETCH", "MOVE", "CLOSE", "PREPARE", "EXECUTE", "DEALLOCATE");

    private static readonly FrozenSet<string> WritingVerbs = FrozenSet.Create(
        StringComparer.Ordinal,
        "ALTER", "ANALYSE", "ANALYZE", "CALL", "CHECKPOINT", "CLUSTER", "COMMENT", "CREATE", "DELETE", "DISCARD", "DO", "DROP", "GRANT", "IMPORT", "INSERT", "LISTEN", "LOAD", "LOCK", "MERGE",
        "NOTIFY", "REASSIGN", "REFRESH", "REINDEX", "REVOKE", "SECURITY", "TRUNCATE", "UNLISTEN", "UPDATE", "VACUUM");

    private static readonly string[] WritingWords = ["insert", "update", "delete", "merge", "into", "analyze", "analyse"];

    private static readonly string[] ReachingFunctions =
    [
        "pg_cancel_backend", "pg_terminate_backend", "pg_logical_emit_message", "pg_create_logical_replication_slot", "pg_create_physical_replication_slot", "pg_drop_replication_slot",
        "pg_replication_slot_advance", "pg_reload_conf", "pg_rotate_logfile", "pg_switch_wal", "pg_create_restore_point", "pg_promote", "pg_log_backend_memory_contexts",
        "dblink", "dblink_exec", "dblink_connect", "dblink_connect_u", "dblink_send_query", "lo_import", "lo_export",
    ];
}
