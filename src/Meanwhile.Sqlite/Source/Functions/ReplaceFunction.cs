using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Meanwhile.Sqlite.Source.Hardening;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source.Functions;

/// <summary><c>replace(text, pattern, replacement)</c>: every occurrence from the left, none overlapping, byte by byte.</summary>
internal static unsafe class ReplaceFunction
{
    private const int ReadLimit = -1;

    /// <summary>The function as SQLite calls it.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Call(nint context, int count, nint* arguments)
    {
        var text = HeedfulFunctions.Text(arguments[0], out var textIsNull);
        var pattern = HeedfulFunctions.Text(arguments[1], out var patternIsNull);
        if (textIsNull || patternIsNull) return;

        if (pattern.IsEmpty || pattern[0] == 0) // SQLite's own takes a pattern that begins with NUL for an empty one
        {
            HeedfulFunctions.ResultText(context, text);
            return;
        }

        var replacement = HeedfulFunctions.Text(arguments[2], out var replacementIsNull);
        if (!replacementIsNull) Replace(context, text, pattern, replacement);
    }

    private static void Replace(nint context, ReadOnlySpan<byte> text, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> replacement)
    {
        var guard = HeedfulFunctions.Guard(context);
        var bytesMax = SourceCalls.Limit(SourceCalls.DatabaseOf(context), LimitKind.Length, ReadLimit);
        var count = 0L;
        for (var from = 0; (from = ByteSearch.Find(text, pattern, from, guard)) >= 0; from += pattern.Length)
        {
            if (text.Length + ++count * (replacement.Length - pattern.Length) <= bytesMax) continue;

            SourceCalls.ResultTooBig(context);
            return;
        }

        if (guard.Stopped) HeedfulFunctions.Stop(context);
        else if (count == 0) HeedfulFunctions.ResultText(context, text);
        else Build(context, text, pattern, replacement, (int)(text.Length + count * (replacement.Length - pattern.Length)), guard);
    }

    private static void Build(
        nint context, ReadOnlySpan<byte> text, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> replacement, int length, StatementGuard guard)
    {
        var start = SourceCalls.Allocate((ulong)length + 1);
        if (start is null)
        {
            SourceCalls.ResultNoMemory(context);
            return;
        }

        var rest = new Span<byte>(start, length);
        var copied = 0;
        for (int at; (at = ByteSearch.Find(text, pattern, copied, guard)) >= 0; copied = at + pattern.Length)
        {
            text[copied..at].CopyTo(rest);
            rest = rest[(at - copied)..];
            replacement.CopyTo(rest);
            rest = rest[replacement.Length..];
        }

        if (guard.Stopped)
        {
            SourceCalls.Free(start);
            HeedfulFunctions.Stop(context);
            return;
        }

        text[copied..].CopyTo(rest);
        SourceCalls.ResultText(context, start, (ulong)length, SourceCalls.FreeFunction, HeedfulFunctions.Utf8Encoding);
    }
}
