using System.Runtime.InteropServices;
using System.Text;

namespace Meanwhile.Sqlite.Source.Native;

/// <summary>Reads and makes strings that end with NUL.</summary>
internal static unsafe class Utf8
{
    /// <summary>A copy of a string that ends with NUL; null for a null pointer.</summary>
    public static string? String(byte* text) => text is null ? null : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    /// <summary>A text as such a string, to be pinned for a call.</summary>
    public static byte[] Terminated(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
