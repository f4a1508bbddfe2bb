using Meanwhile.Sqlite.Interop;
using Meanwhile.Stores;
using SQLitePCL;

namespace Meanwhile.Sqlite.Store.Files;

/// <summary>Says in the store's words what SQLite reports.</summary>
internal static class StoreErrors
{
    /// <summary>The exception that a caller of the store gets.</summary>
    public static Exception Translate(Exception error) => error is SqliteException sqlite ? Translate(sqlite) : error;

    private static Exception Translate(SqliteException error) => error.Code switch
    {
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => new StoreUnusableException($"The store's file is damaged: {error.Message}. Restore it from a backup.", error),
        raw.SQLITE_FULL => new StoreUnavailableException("The disk that holds the store is full.", error),
        raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN or raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_NOMEM or raw.SQLITE_READONLY or raw.SQLITE_PROTOCOL or raw.SQLITE_PERM
            => new StoreUnavailableException($"The store's file can't be read or written: {error.Message}.", error),
        raw.SQLITE_TOOBIG => new ArgumentException($"A value is larger than the store can keep: {error.Message}.", error),
        _ => new InvalidOperationException($"The store broke a rule of its own: {error.Message}.", error),
    };
}
