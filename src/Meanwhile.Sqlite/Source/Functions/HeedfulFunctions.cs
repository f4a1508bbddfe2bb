using Meanwhile.Sqlite.Source.Hardening;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source.Functions;

/// <summary>Replaces those functions of SQLite whose one call can run for minutes without a look at the interrupt; the results are the very same.</summary>
/// <remarks>
/// All of them compare everything with everything (text with pattern, text with set). The price: an index no longer serves LIKE and GLOB with a
/// fixed beginning, because SQLite does so only for its own.
/// </remarks>
internal static unsafe class HeedfulFunctions
{
    /// <summary>SQLITE_UTF8.</summary>
    public const int Utf8Encoding = 1;

    private const int Deterministic = 0x800;
    private const int Innocuous = 0x200000;

    /// <summary>About how many comparisons lie between two looks at the guard: less than a millisecond, and little enough where busy processors leave a statement a hundredth of one.</summary>
    public const long ComparisonsBetweenLooks = 250_000;

    /// <summary>Registers them on a connection.</summary>
    /// <param name="guard">The handle of its guard.</param>
    public static void Register(nint database, nint guard)
    {
        Register(database, "instr", 2, guard, &InstrFunction.Call);
        Register(database, "replace", 3, guard, &ReplaceFunction.Call);
        Register(database, "like", 2, guard, &LikeFunction.Like);
        Register(database, "like", 3, guard, &LikeFunction.Like);
        Register(database, "glob", 2, guard, &LikeFunction.Glob);
        Register(database, "unhex", 2, guard, &UnhexFunction.Call);
        foreach (var arguments in (ReadOnlySpan<int>)[1, 2])
        {
            Register(database, "trim", arguments, guard, &TrimFunction.Both);
            Register(database, "ltrim", arguments, guard, &TrimFunction.Left);
            Register(database, "rtrim", arguments, guard, &TrimFunction.Right);
        }
    }

    private static void Register(nint database, string name, int arguments, nint guard, delegate* unmanaged[Cdecl]<nint, int, nint*, void> function)
    {
        int code;
        fixed (byte* utf8 = Utf8.Terminated(name)) code = SourceCalls.CreateFunction(database, utf8, arguments, Utf8Encoding | Deterministic | Innocuous, guard, function, 0, 0, 0);
        if (code != ResultCode.Ok) throw new InvalidOperationException($"SQLite refused the function {name} with {code}.");
    }

    /// <summary>The guard of the connection on which a function is called.</summary>
    public static StatementGuard Guard(nint context) => StatementGuard.From(SourceCalls.UserData(context));

    /// <summary>Ends a call because its statement is to stop.</summary>
    public static void Stop(nint context) => SourceCalls.ResultErrorCode(context, ResultCode.Interrupt);

    /// <summary>A value as text; empty and null for NULL.</summary>
    public static ReadOnlySpan<byte> Text(nint value, out bool isNull)
    {
        var start = SourceCalls.ValueText(value); // before its length: it may have to be converted
        isNull = start is null;
        return isNull ? default : new ReadOnlySpan<byte>(start, SourceCalls.ValueBytes(value));
    }

    /// <summary>A value as a blob.</summary>
    public static ReadOnlySpan<byte> Blob(nint value)
    {
        var start = SourceCalls.ValueBlob(value);
        return new ReadOnlySpan<byte>(start, SourceCalls.ValueBytes(value));
    }

    /// <summary>Answers with a copy of a text.</summary>
    public static void ResultText(nint context, ReadOnlySpan<byte> text)
    {
        const nint Transient = -1;
        var empty = (byte)0;
        fixed (byte* start = text) SourceCalls.ResultText(context, start is null ? &empty : start, (ulong)text.Length, Transient, Utf8Encoding);
    }
}

/// <summary>Counts comparisons, so that a long loop looks at the guard now and then.</summary>
internal struct Heed(StatementGuard guard)
{
    private long _left = HeedfulFunctions.ComparisonsBetweenLooks;

    /// <summary>Whether a look found that the statement is to stop.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Counts so many comparisons.</summary>
    /// <returns>True when the statement is to stop.</returns>
    public bool Stops(long comparisons)
    {
        _left -= comparisons;
        if (_left > 0) return false;

        _left = HeedfulFunctions.ComparisonsBetweenLooks;
        return IsStopped = guard.Stopped;
    }
}
