using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Meanwhile.Sqlite.Source.Hardening;

namespace Meanwhile.Sqlite.Source.Functions;

/// <summary><c>trim</c>, <c>ltrim</c> and <c>rtrim</c>: take characters of a set (blanks by default) off the ends.</summary>
internal static unsafe class TrimFunction
{
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Both(nint context, int count, nint* arguments) => Trim(context, count, arguments, left: true, right: true);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Left(nint context, int count, nint* arguments) => Trim(context, count, arguments, left: true, right: false);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Right(nint context, int count, nint* arguments) => Trim(context, count, arguments, left: false, right: true);

    private static void Trim(nint context, int count, nint* arguments, bool left, bool right)
    {
        var text = HeedfulFunctions.Text(arguments[0], out var isNull);
        if (isNull) return;

        var set = " "u8;
        if (count == 2)
        {
            set = HeedfulFunctions.Text(arguments[1], out isNull);
            if (isNull) return;
        }

        var heed = new Heed(HeedfulFunctions.Guard(context));
        var stopped = left && !TrimLeft(ref text, set, ref heed);
        stopped = stopped || right && !TrimRight(ref text, set, ref heed);
        if (stopped) HeedfulFunctions.Stop(context);
        else HeedfulFunctions.ResultText(context, text);
    }

    private static bool TrimLeft(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> set, ref Heed heed)
    {
        while (!text.IsEmpty)
        {
            if (!Match(text, set, atEnd: false, ref heed, out var length)) return false;
            if (length == 0) return true;

            text = text[length..];
        }

        return true;
    }

    private static bool TrimRight(ref ReadOnlySpan<byte> text, ReadOnlySpan<byte> set, ref Heed heed)
    {
        while (!text.IsEmpty)
        {
            if (!Match(text, set, atEnd: true, ref heed, out var length)) return false;
            if (length == 0) return true;

            text = text[..^length];
        }

        return true;
    }

    /// <summary>Finds the first character of the set with which the text begins (or ends), as SQLite does; its length is 0 when there is none.</summary>
    /// <returns>False when the statement is to stop.</returns>
    private static bool Match(ReadOnlySpan<byte> text, ReadOnlySpan<byte> set, bool atEnd, ref Heed heed, out int length)
    {
        for (var at = 0; at < set.Length && set[at] != 0; at += length) // the set ends at a NUL
        {
            length = CharacterLength(set[at..]);
            if (heed.Stops(1)) return false;
            if (length > text.Length) continue;

            var end = atEnd ? text[^length..] : text[..length];
            if (end[0] == set[at] && end.SequenceEqual(set.Slice(at, length))) return true;
        }

        length = 0;
        return true;
    }

    /// <summary>SQLite's notion of a character, also in ill-formed text: a lead byte takes every continuation byte after it.</summary>
    private static int CharacterLength(ReadOnlySpan<byte> text)
    {
        var length = 1;
        if (text[0] >= 0xC0)
        {
            while (length < text.Length && (text[length] & 0xC0) == 0x80) length++;
        }

        return length;
    }
}
