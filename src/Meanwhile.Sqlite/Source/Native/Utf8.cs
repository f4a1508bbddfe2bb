using System.Runtime.InteropServices;
using System.Text;

namespace Meanwhile.Sqlite.Source.Native;

/// <summary>Reads SQLite's strings.</summary>
internal static unsafe class Utf8
{
    /// <summary>A copy of a string that ends with NUL; null for a null pointer.</summary>
    public static string? String(byte* text) => text is null ? null : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
