using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Meanwhile.Sqlite.Interop;

/// <summary>The calls made for each row and value, straight into the library that the bundle brings: the bundle's own wrappers take a reference on the handle for every one of them.</summary>
/// <remarks>Pointers are a live statement's; <see cref="Statement"/> is the only caller. See https://sqlite.org/c3ref/column_blob.html and bind_blob.html.</remarks>
internal static partial class NativeCalls
{
    private const string Library = "e_sqlite3";

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    public static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    public static partial int Reset(nint statement);

    // A transition that the collector need not wait for costs a tenth; only calls that always take well below a microsecond may leave it out.
    [LibraryImport(Library, EntryPoint = "sqlite3_column_type")]
    [SuppressGCTransition]
    public static partial int ColumnType(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64")]
    [SuppressGCTransition]
    public static partial long ColumnInt64(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_double")]
    [SuppressGCTransition]
    public static partial double ColumnDouble(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes")]
    [SuppressGCTransition]
    public static partial int ColumnBytes(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_text")]
    public static unsafe partial byte* ColumnText(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob")]
    public static unsafe partial byte* ColumnBlob(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_null")]
    [SuppressGCTransition]
    public static partial int BindNull(nint statement, int parameter);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64")]
    [SuppressGCTransition]
    public static partial int BindInt64(nint statement, int parameter, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_double")]
    [SuppressGCTransition]
    public static partial int BindDouble(nint statement, int parameter, double value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    public static unsafe partial int BindText(nint statement, int parameter, byte* value, int length, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    public static unsafe partial int BindBlob(nint statement, int parameter, byte* value, int length, nint destructor);

    /// <summary>SQLITE_TRANSIENT: SQLite takes a copy before the call returns.</summary>
    public const nint Transient = -1;
}
