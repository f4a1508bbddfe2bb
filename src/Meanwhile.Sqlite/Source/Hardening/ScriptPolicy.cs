using System.Collections.Frozen;
using System.Text;

namespace Meanwhile.Sqlite.Source.Hardening;

/// <summary>Why an action of a statement is refused: a stable code, a sentence, and what to do.</summary>
internal sealed record Denial(string Code, string Message, string? Hint);

/// <summary>Decides what the statements of a source may do. Pure: the authorizer asks it for each action while a statement is prepared.</summary>
/// <remarks>
/// Opening read-only and query_only alone are not enough: ATTACH would read any file, and VACUUM INTO write one. VACUUM works through ATTACH, so
/// it is refused with it. See https://sqlite.org/c3ref/c_alter_table.html for the actions.
/// </remarks>
internal static class ScriptPolicy
{
    /// <summary>What to do about a write that was refused.</summary>
    public const string ReadOnlyHint = "Use a source defined with \"read_only\": false to write.";

    /// <summary>Decides about one action.</summary>
    /// <param name="first">The action's first argument: a table, pragma or file name.</param>
    /// <param name="second">Its second argument: a column, a pragma's value, a function's name.</param>
    /// <returns>Null when it is allowed.</returns>
    public static Denial? Decide(int action, string? first, string? second, bool readOnly) => action switch
    {
        Actions.Read or Actions.Select or Actions.Recursive or Actions.Transaction or Actions.Savepoint => null,
        Actions.Function => DeniedFunctions.Contains(second ?? "") ? new("not_allowed", $"The function {second} is not allowed.", null) : null,
        Actions.Pragma => Pragma(first ?? "", second, readOnly),
        Actions.Attach => Attaching,
        Actions.Detach => Detaching,
        _ when Actions.IsWrite(action) => readOnly
            ? new("read_only", "The source is read-only.", ReadOnlyHint)
            : null,
        _ => new("not_allowed", $"SQLite's action {action} is not allowed.", null), // one that a later SQLite adds
    };

    /// <summary>Decides about a statement by its first word, before any of its script has run: SQLite asks about VACUUM only while it runs.</summary>
    /// <returns>Null when nothing is known against it.</returns>
    public static Denial? DecideStatement(ReadOnlySpan<byte> firstWord) =>
        Ascii.EqualsIgnoreCase(firstWord, "vacuum"u8) || Ascii.EqualsIgnoreCase(firstWord, "attach"u8) ? Attaching
        : Ascii.EqualsIgnoreCase(firstWord, "detach"u8) ? Detaching
        : null;

    private static readonly Denial Attaching = new("not_allowed", "ATTACH and VACUUM are not allowed.", "Define a source for each database.");

    private static readonly Denial Detaching = new("not_allowed", "DETACH is not allowed.", null);

    private static Denial? Pragma(string name, string? value, bool readOnly)
    {
        var allowed = LookingPragmas.Contains(name) || (value is null ? ReadingPragmas.Contains(name) : !readOnly && WritingPragmas.Contains(name));
        return allowed ? null : new("not_allowed", $"PRAGMA {name}{(value is null ? "" : " with a value")} is not allowed.", "Settings belong into the source's definition.");
    }

    /// <summary>Whose value only says what to look at.</summary>
    private static readonly FrozenSet<string> LookingPragmas = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "table_info", "table_xinfo", "table_list", "index_info", "index_xinfo", "index_list", "foreign_key_list", "foreign_key_check", "integrity_check", "quick_check");

    /// <summary>Which tell something when they are given no value.</summary>
    private static readonly FrozenSet<string> ReadingPragmas = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "application_id", "auto_vacuum", "collation_list", "compile_options", "data_version", "encoding", "foreign_keys", "freelist_count", "function_list",
        "journal_mode", "module_list", "page_count", "page_size", "pragma_list", "schema_version", "user_version");

    /// <summary>Which may be given a value where writes are allowed.</summary>
    private static readonly FrozenSet<string> WritingPragmas = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "application_id", "defer_foreign_keys", "foreign_keys", "recursive_triggers", "user_version");

    /// <summary>Which reach files, code or memory addresses; most exist only in other builds of SQLite.</summary>
    private static readonly FrozenSet<string> DeniedFunctions = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "fsdir", "lsdir", "zipfile", "sqlar_compress", "sqlar_uncompress");
}
