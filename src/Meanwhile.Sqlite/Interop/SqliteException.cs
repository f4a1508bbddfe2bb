using SQLitePCL;

namespace Meanwhile.Sqlite.Interop;

/// <summary>SQLite refused a call. The stores and the source each translate it into their own words.</summary>
/// <param name="code">The extended result code; its low 8 bits are the primary one.</param>
internal sealed class SqliteException(int code, string message) : Exception(message)
{
    /// <summary>The extended result code.</summary>
    public int ExtendedCode { get; } = code;

    /// <summary>The primary result code, such as <see cref="raw.SQLITE_BUSY"/>.</summary>
    public int Code => ExtendedCode & 0xFF;

    /// <summary>The error that a connection has just reported.</summary>
    public static SqliteException From(sqlite3 handle, int code)
    {
        var extended = raw.sqlite3_extended_errcode(handle);
        var known = (extended & 0xFF) == (code & 0xFF);
        var message = known ? raw.sqlite3_errmsg(handle).utf8_to_string() : raw.sqlite3_errstr(code).utf8_to_string();
        return new SqliteException(known ? extended : code, message);
    }
}
