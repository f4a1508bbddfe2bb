using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Meanwhile.Sqlite.Source.Hardening;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source.Functions;

/// <summary><c>instr(haystack, needle)</c>: where the needle begins, in characters (in bytes for two blobs) from 1; 0 = nowhere.</summary>
internal static unsafe class InstrFunction
{
    /// <summary>The function as SQLite calls it.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Call(nint context, int count, nint* arguments)
    {
        var haystackKind = SourceCalls.ValueType(arguments[0]);
        var needleKind = SourceCalls.ValueType(arguments[1]);
        if (haystackKind == ValueKind.Null || needleKind == ValueKind.Null) return;

        var guard = HeedfulFunctions.Guard(context);
        var areBlobs = haystackKind == ValueKind.Blob && needleKind == ValueKind.Blob;
        var position = areBlobs
            ? Position(HeedfulFunctions.Blob(arguments[0]), HeedfulFunctions.Blob(arguments[1]), isText: false, guard)
            : Position(HeedfulFunctions.Text(arguments[0], out _), HeedfulFunctions.Text(arguments[1], out _), isText: true, guard);
        if (position < 0) HeedfulFunctions.Stop(context);
        else SourceCalls.ResultInt64(context, position);
    }

    /// <summary>Where the needle begins, from 1; 0 = nowhere; negative = to stop.</summary>
    public static long Position(ReadOnlySpan<byte> haystack, ReadOnlySpan<byte> needle, bool isText, StatementGuard guard)
    {
        if (needle.IsEmpty) return 1;

        for (var from = 0; ; from++)
        {
            from = ByteSearch.Find(haystack, needle, from, guard);
            if (from < 0) return from == ByteSearch.NotFound ? 0 : -1;
            if (!isText) return from + 1L;
            if (from == 0 || !IsContinuation(haystack[from])) return Characters(haystack[..from]) + (from > 0 && IsContinuation(haystack[0]) ? 2 : 1);
        }
    }

    private static bool IsContinuation(byte unit) => (unit & 0xC0) == 0x80;

    private static long Characters(ReadOnlySpan<byte> utf8)
    {
        var count = 0L;
        foreach (var unit in utf8) count += IsContinuation(unit) ? 0 : 1;
        return count;
    }
}
