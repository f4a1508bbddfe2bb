using System.Runtime.InteropServices;
using System.Text;
using SQLitePCL;

namespace Meanwhile.Sqlite.Interop;

/// <summary>A prepared statement: bind, step, read columns, reset. Parameters count from 1, columns from 0.</summary>
/// <remarks>
/// Reading a column allocates nothing, except <see cref="String"/> and <see cref="Bytes"/>. Spans are valid until the next step, reset or dispose.
/// Used by one thread at a time, and never after it was disposed.
/// </remarks>
internal sealed unsafe class Statement : IDisposable
{
    private const int StackTextMax = 512;
    private readonly Connection _connection;
    private readonly sqlite3_stmt _handle;
    private readonly nint _pointer;

    internal Statement(Connection connection, sqlite3_stmt handle)
    {
        _connection = connection;
        _handle = handle;
        _pointer = handle.DangerousGetHandle();
        ColumnCount = raw.sqlite3_column_count(handle);
    }

    /// <summary>For calls that have no wrapper here.</summary>
    public sqlite3_stmt Handle => _handle;

    /// <summary>How many columns its rows have; 0 when it gives none.</summary>
    public int ColumnCount { get; }

    /// <summary>How many parameters it takes.</summary>
    public int ParameterCount => raw.sqlite3_bind_parameter_count(_handle);

    /// <summary>Whether SQLite says that it changes nothing in the database file.</summary>
    public bool IsReadOnly => raw.sqlite3_stmt_readonly(_handle) != 0;

    /// <summary>A parameter's name with its prefix; null for a nameless one.</summary>
    public string? ParameterName(int parameter) => raw.sqlite3_bind_parameter_name(_handle, parameter).utf8_to_string();

    /// <summary>A column's name.</summary>
    public string ColumnName(int column) => raw.sqlite3_column_name(_handle, column).utf8_to_string();

    /// <summary>A column's declared type; null when it is an expression.</summary>
    public string? ColumnDeclaredType(int column) => raw.sqlite3_column_decltype(_handle, column).utf8_to_string();

    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end; the statement is to be reset then.</returns>
    /// <exception cref="SqliteException">It failed; the statement has been reset.</exception>
    public bool Step()
    {
        var code = NativeCalls.Step(_pointer);
        if (code == raw.SQLITE_ROW) return true;
        if (code == raw.SQLITE_DONE) return false;
        var error = SqliteException.From(_connection.Handle, code);
        _ = NativeCalls.Reset(_pointer);
        throw error;
    }

    /// <summary>Runs it to its end and resets it; rows are thrown away.</summary>
    public void RunToEnd()
    {
        while (Step())
        {
        }

        Reset();
    }

    /// <summary>Makes it ready to run again; what is bound stays bound.</summary>
    public void Reset() => _ = NativeCalls.Reset(_pointer); // repeats the error of the last step, which was thrown already

    /// <summary>Forgets what is bound.</summary>
    public void ClearBindings() => raw.sqlite3_clear_bindings(_handle);

    /// <summary>Binds NULL.</summary>
    public void BindNull(int parameter) => _connection.Check(NativeCalls.BindNull(_pointer, parameter));

    /// <summary>Binds an integer.</summary>
    public void Bind(int parameter, long value) => _connection.Check(NativeCalls.BindInt64(_pointer, parameter, value));

    /// <summary>Binds an integer, or NULL.</summary>
    public void Bind(int parameter, long? value)
    {
        if (value is { } known) Bind(parameter, known);
        else BindNull(parameter);
    }

    /// <summary>Binds a floating point number; NaN becomes NULL.</summary>
    public void Bind(int parameter, double value) => _connection.Check(NativeCalls.BindDouble(_pointer, parameter, value));

    /// <summary>Binds text, or NULL.</summary>
    public void Bind(int parameter, string? value)
    {
        if (value is null)
        {
            BindNull(parameter);
            return;
        }

        var lengthMax = Encoding.UTF8.GetMaxByteCount(value.Length);
        var utf8 = lengthMax <= StackTextMax ? stackalloc byte[StackTextMax] : new byte[lengthMax];
        BindText(parameter, utf8[..Encoding.UTF8.GetBytes(value, utf8)]);
    }

    /// <summary>Binds text given as UTF-8.</summary>
    public void BindText(int parameter, ReadOnlySpan<byte> utf8)
    {
        fixed (byte* first = &MemoryMarshal.GetReference(utf8))
        {
            var empty = (byte)0; // a null pointer would bind NULL
            _connection.Check(NativeCalls.BindText(_pointer, parameter, first == null ? &empty : first, utf8.Length, NativeCalls.Transient));
        }
    }

    /// <summary>Binds a blob.</summary>
    public void BindBlob(int parameter, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = &MemoryMarshal.GetReference(bytes))
        {
            var empty = (byte)0; // a null pointer would bind NULL
            _connection.Check(NativeCalls.BindBlob(_pointer, parameter, first == null ? &empty : first, bytes.Length, NativeCalls.Transient));
        }
    }

    /// <summary>A value's type: SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB or SQLITE_NULL. Ask before reading the value.</summary>
    public int Type(int column) => NativeCalls.ColumnType(_pointer, column);

    /// <summary>Whether a value is NULL.</summary>
    public bool IsNull(int column) => Type(column) == raw.SQLITE_NULL;

    /// <summary>An integer; 0 for NULL.</summary>
    public long Int64(int column) => NativeCalls.ColumnInt64(_pointer, column);

    /// <summary>An integer, or null.</summary>
    public long? NullableInt64(int column) => IsNull(column) ? null : Int64(column);

    /// <summary>A floating point number; 0 for NULL.</summary>
    public double Double(int column) => NativeCalls.ColumnDouble(_pointer, column);

    /// <summary>Text as UTF-8, whole also when it holds NUL; not validated. Empty for NULL.</summary>
    public ReadOnlySpan<byte> Text(int column)
    {
        var first = NativeCalls.ColumnText(_pointer, column); // before the length: this is the call that converts
        return new ReadOnlySpan<byte>(first, first == null ? 0 : NativeCalls.ColumnBytes(_pointer, column));
    }

    /// <summary>A blob. Empty for NULL.</summary>
    public ReadOnlySpan<byte> Blob(int column)
    {
        var first = NativeCalls.ColumnBlob(_pointer, column);
        return new ReadOnlySpan<byte>(first, first == null ? 0 : NativeCalls.ColumnBytes(_pointer, column));
    }

    /// <summary>Text, or null.</summary>
    public string? String(int column) => IsNull(column) ? null : Encoding.UTF8.GetString(Text(column));

    /// <summary>A copy of a blob, or null.</summary>
    public byte[]? Bytes(int column) => IsNull(column) ? null : Blob(column).ToArray();

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
