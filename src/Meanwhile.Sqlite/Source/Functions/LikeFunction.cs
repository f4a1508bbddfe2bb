using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source.Functions;

/// <summary><c>like(pattern, text [, escape])</c> and <c>glob(pattern, text)</c>, which are also the operators.</summary>
internal static unsafe class LikeFunction
{
    private const int ReadLimit = -1;

    /// <summary>Up to so many comparisons SQLite's own matcher is asked: it is quick, and a millisecond is not worth a look at the guard.</summary>
    private const long QuickComparisonsMax = 1_000_000;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Like(nint context, int count, nint* arguments)
    {
        if (Refuses(context, arguments)) return;

        var escape = 0u;
        if (count == 3)
        {
            var text = HeedfulFunctions.Text(arguments[2], out var isNull);
            if (isNull) return;
            if (!PatternMatcher.IsOneCharacter(text, out escape))
            {
                Fail(context, "ESCAPE expression must be a single character"u8);
                return;
            }
        }

        Match(context, arguments, PatternRules.Like(escape), escape);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Glob(nint context, int count, nint* arguments)
    {
        if (!Refuses(context, arguments)) Match(context, arguments, PatternRules.Glob, 0);
    }

    private static void Match(nint context, nint* arguments, PatternRules rules, uint escape)
    {
        var pattern = SourceCalls.ValueText(arguments[0]);
        var text = SourceCalls.ValueText(arguments[1]);
        if (pattern is null || text is null) return;

        var patternLength = SourceCalls.ValueBytes(arguments[0]);
        var textLength = SourceCalls.ValueBytes(arguments[1]);
        if (((long)patternLength + 1) * textLength <= QuickComparisonsMax && escape is not ('%' or '_'))
        {
            var differs = rules.IsGlob ? SourceCalls.StringGlob(pattern, text) : SourceCalls.StringLike(pattern, text, escape);
            SourceCalls.ResultInt64(context, differs == 0 ? 1 : 0);
            return;
        }

        var heed = new Heed(HeedfulFunctions.Guard(context));
        var answer = PatternMatcher.Match(new(pattern, patternLength), new(text, textLength), rules, ref heed);
        if (answer == PatternAnswer.Stopped) HeedfulFunctions.Stop(context);
        else SourceCalls.ResultInt64(context, answer == PatternAnswer.Match ? 1 : 0);
    }

    /// <summary>What SQLite's own does before it matches: blobs never do (in this build), and patterns have a limit.</summary>
    private static bool Refuses(nint context, nint* arguments)
    {
        if (SourceCalls.ValueType(arguments[0]) == ValueKind.Blob || SourceCalls.ValueType(arguments[1]) == ValueKind.Blob)
        {
            SourceCalls.ResultInt64(context, 0);
            return true;
        }

        if (SourceCalls.ValueBytes(arguments[0]) <= SourceCalls.Limit(SourceCalls.DatabaseOf(context), LimitKind.LikePatternLength, ReadLimit)) return false;

        Fail(context, "LIKE or GLOB pattern too complex"u8);
        return true;
    }

    private static void Fail(nint context, ReadOnlySpan<byte> message)
    {
        fixed (byte* start = message) SourceCalls.ResultError(context, start, message.Length);
    }
}
