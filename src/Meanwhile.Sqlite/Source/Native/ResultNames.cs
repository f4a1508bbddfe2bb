using System.Collections.Frozen;
using System.Globalization;

namespace Meanwhile.Sqlite.Source.Native;

/// <summary>What SQLite's result codes are called, by which its documentation explains them. See https://sqlite.org/rescode.html.</summary>
internal static class ResultNames
{
    /// <summary>The name of an extended code; the primary code's name and the number where a later SQLite has added one.</summary>
    public static string Of(int code)
    {
        if (Names.TryGetValue(code, out var name)) return name;
        var number = code.ToString(CultureInfo.InvariantCulture);
        return Names.TryGetValue(ResultCode.Primary(code), out var primary) ? $"{primary} ({number})" : number;
    }

    private static readonly FrozenDictionary<int, string> Names = Table(
        (1, "ERROR", ["MISSING_COLLSEQ", "RETRY", "SNAPSHOT"]),
        (2, "INTERNAL", []),
        (3, "PERM", []),
        (4, "ABORT", ["", "ROLLBACK"]),
        (5, "BUSY", ["RECOVERY", "SNAPSHOT", "TIMEOUT"]),
        (6, "LOCKED", ["SHAREDCACHE", "VTAB"]),
        (7, "NOMEM", []),
        (8, "READONLY", ["RECOVERY", "CANTLOCK", "ROLLBACK", "DBMOVED", "CANTINIT", "DIRECTORY"]),
        (9, "INTERRUPT", []),
        (10, "IOERR",
        [
            "READ", "SHORT_READ", "WRITE", "FSYNC", "DIR_FSYNC", "TRUNCATE", "FSTAT", "UNLOCK", "RDLOCK", "DELETE", "BLOCKED", "NOMEM", "ACCESS", "CHECKRESERVEDLOCK", "LOCK", "CLOSE", "DIR_CLOSE",
            "SHMOPEN", "SHMSIZE", "SHMLOCK", "SHMMAP", "SEEK", "DELETE_NOENT", "MMAP", "GETTEMPPATH", "CONVPATH", "VNODE", "AUTH", "BEGIN_ATOMIC", "COMMIT_ATOMIC", "ROLLBACK_ATOMIC", "DATA", "CORRUPTFS", "IN_PAGE",
        ]),
        (11, "CORRUPT", ["VTAB", "SEQUENCE", "INDEX"]),
        (13, "FULL", []),
        (14, "CANTOPEN", ["NOTEMPDIR", "ISDIR", "FULLPATH", "CONVPATH", "DIRTYWAL", "SYMLINK"]),
        (15, "PROTOCOL", []),
        (17, "SCHEMA", []),
        (18, "TOOBIG", []),
        (19, "CONSTRAINT", ["CHECK", "COMMITHOOK", "FOREIGNKEY", "FUNCTION", "NOTNULL", "PRIMARYKEY", "TRIGGER", "UNIQUE", "VTAB", "ROWID", "PINNED", "DATATYPE"]),
        (20, "MISMATCH", []),
        (21, "MISUSE", []),
        (22, "NOLFS", []),
        (23, "AUTH", ["USER"]),
        (25, "RANGE", []),
        (26, "NOTADB", []));

    /// <param name="primaries">Each with its extensions, the first of which is number 1; empty = there is none of that number.</param>
    private static FrozenDictionary<int, string> Table(params (int Code, string Name, string[] Extensions)[] primaries)
    {
        Dictionary<int, string> names = [];
        foreach (var (code, name, extensions) in primaries)
        {
            names[code] = $"SQLITE_{name}";
            for (var i = 0; i < extensions.Length; i++)
            {
                if (extensions[i].Length > 0) names[code | ((i + 1) << 8)] = $"SQLITE_{name}_{extensions[i]}";
            }
        }

        return names.ToFrozenDictionary();
    }
}
