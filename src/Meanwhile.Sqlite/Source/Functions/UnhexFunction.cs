using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source.Functions;

/// <summary><c>unhex(text, ignored)</c>: the bytes of pairs of hexadecimal digits; characters of the second text may stand between pairs; NULL for anything else.</summary>
internal static unsafe class UnhexFunction
{
    /// <summary>The function as SQLite calls it.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Call(nint context, int count, nint* arguments)
    {
        var hex = HeedfulFunctions.Text(arguments[0], out var hexIsNull);
        var ignored = HeedfulFunctions.Text(arguments[1], out var ignoredIsNull);
        if (hexIsNull || ignoredIsNull) return;

        var start = SourceCalls.Allocate((ulong)hex.Length / 2 + 1);
        if (start is null)
        {
            SourceCalls.ResultNoMemory(context);
            return;
        }

        var heed = new Heed(HeedfulFunctions.Guard(context));
        var length = Decode(hex, ignored, new Span<byte>(start, hex.Length / 2 + 1), ref heed);
        if (length >= 0)
        {
            SourceCalls.ResultBlob(context, start, (ulong)length, SourceCalls.FreeFunction);
            return;
        }

        SourceCalls.Free(start);
        if (heed.IsStopped) HeedfulFunctions.Stop(context);
    }

    /// <summary>How many bytes there are; negative when the text is no such thing, or the statement is to stop.</summary>
    private static int Decode(ReadOnlySpan<byte> hex, ReadOnlySpan<byte> ignored, Span<byte> bytes, ref Heed heed)
    {
        var length = 0;
        var at = 0;
        while (PatternMatcher.At(hex, at) != 0)
        {
            while (!char.IsAsciiHexDigit((char)hex[at]))
            {
                if (!Contains(ignored, PatternMatcher.Read(hex, ref at), ref heed)) return -1;
                if (PatternMatcher.At(hex, at) == 0) return length;
            }

            if (at + 1 >= hex.Length || !char.IsAsciiHexDigit((char)hex[at + 1])) return -1;

            bytes[length++] = (byte)(Digit(hex[at]) << 4 | Digit(hex[at + 1]));
            at += 2;
        }

        return length;
    }

    private static int Digit(byte c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

    private static bool Contains(ReadOnlySpan<byte> text, uint character, ref Heed heed)
    {
        for (var at = 0; at < text.Length;)
        {
            if (heed.Stops(1)) return false;
            if (PatternMatcher.Read(text, ref at) == character) return true;
        }

        return false;
    }
}
