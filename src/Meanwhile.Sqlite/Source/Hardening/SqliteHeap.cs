using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source.Hardening;

/// <summary>The memory that SQLite takes in this process, the values that statements hold included: sixty columns of 64 MiB each are in no cache.</summary>
/// <remarks>
/// The limit is SQLite's own and holds for the store too, so statements are stopped a good way before it: what allocates step by step
/// there, what takes too much in one step at the limit itself. Safe for concurrent use.
/// </remarks>
internal static class SqliteHeap
{
    /// <summary>What is kept for the store, as a part of the limit.</summary>
    private const int StoreShare = 8;

    private static long _bytesMax = long.MaxValue;

    /// <summary>How much all of SQLite may take in this process, in bytes.</summary>
    public static long BytesMax => Volatile.Read(ref _bytesMax);

    /// <summary>Whether only what is kept for the store is left.</summary>
    public static bool IsFullForStatements => BytesMax - SourceCalls.MemoryUsed() < BytesMax / StoreShare;

    /// <summary>Sets how much it may take.</summary>
    public static void Limit(long bytesMax)
    {
        SourceCalls.HardHeapLimit(bytesMax);
        Volatile.Write(ref _bytesMax, bytesMax);
    }
}
