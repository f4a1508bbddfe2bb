using System.Text;
using SQLitePCL;

namespace Meanwhile.Sqlite.Interop;

/// <summary>An open database.</summary>
/// <remarks>
/// Opened without SQLite's own mutex: one thread uses it at a time; only <see cref="Interrupt"/> may come from another. Statements must be
/// disposed before it is.
/// </remarks>
internal sealed class Connection : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly Lock _closing = new(); // an interrupt must not meet a closed handle
    private bool _closed;

    static Connection() => Batteries_V2.Init();

    private Connection(sqlite3 handle) => _handle = handle;

    /// <summary>Opens a database file.</summary>
    /// <param name="flags">SQLITE_OPEN_*, without a threading mode.</param>
    /// <exception cref="SqliteException">It can't be opened.</exception>
    public static Connection Open(string path, int flags)
    {
        var code = raw.sqlite3_open_v2(path, out var handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        if (code == raw.SQLITE_OK)
        {
            _ = raw.sqlite3_extended_result_codes(handle, 1);
            return new Connection(handle);
        }

        var error = handle.IsInvalid ? new SqliteException(code, raw.sqlite3_errstr(code).utf8_to_string()) : SqliteException.From(handle, code);
        handle.Dispose();
        throw error;
    }

    /// <summary>For calls that have no wrapper here: authorizer, limits, functions, progress handler.</summary>
    public sqlite3 Handle => _handle;

    /// <summary>True between a begin and its commit or rollback.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Rows changed by the statement that ran last.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>The rowid that was inserted last.</summary>
    public long LastInsertRowId => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>Prepares one statement.</summary>
    /// <param name="persistent">Whether it is kept for long.</param>
    /// <exception cref="SqliteException">It can't be prepared.</exception>
    public Statement Prepare(string sql, bool persistent = true)
    {
        var utf8 = Encoding.UTF8.GetBytes(sql);
        return Prepare(utf8, out _, persistent) ?? throw new ArgumentException("There is no statement in the text.", nameof(sql));
    }

    /// <summary>Prepares the first statement of a text.</summary>
    /// <param name="consumed">How many bytes it takes: the next one begins there.</param>
    /// <returns>Null when there is nothing but white space and comments.</returns>
    /// <exception cref="SqliteException">It can't be prepared.</exception>
    public Statement? Prepare(ReadOnlySpan<byte> sql, out int consumed, bool persistent = false)
    {
        var code = raw.sqlite3_prepare_v3(_handle, sql, persistent ? (uint)raw.SQLITE_PREPARE_PERSISTENT : 0, out var statement, out var tail);
        consumed = sql.Length - tail.Length;
        Check(code);
        if (statement is { IsInvalid: false }) return new Statement(this, statement);
        statement?.Dispose();
        return null;
    }

    /// <summary>Runs each statement of a text to its end; rows are thrown away.</summary>
    /// <exception cref="SqliteException">One failed; those before it have run.</exception>
    public void Execute(string sql)
    {
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(sql);
        while (rest.Length > 0)
        {
            using var statement = Prepare(rest, out var consumed);
            if (statement is null) return;
            statement.RunToEnd();
            rest = rest[consumed..];
        }
    }

    /// <summary>Makes the running statement end with SQLITE_INTERRUPT as soon as it looks. May be called from any thread, also after the closing.</summary>
    public void Interrupt()
    {
        lock (_closing)
        {
            if (!_closed) raw.sqlite3_interrupt(_handle);
        }
    }

    /// <summary>Throws what SQLite has just reported, unless it is OK, ROW or DONE.</summary>
    public void Check(int code)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        throw SqliteException.From(_handle, code);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_closing)
        {
            if (_closed) return;
            _closed = true;
            _handle.Dispose();
        }
    }
}
