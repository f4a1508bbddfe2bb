using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.ExceptionServices;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source.Hardening;

/// <summary>Stands beside one connection while its statements run: SQLite asks it through callbacks what is allowed, and whether to go on.</summary>
/// <remarks>Used by the connection's thread alone.</remarks>
internal sealed unsafe class StatementGuard(bool readOnly, long memoryBytesMax, long minFreeBytes, TimeSpan busyTimeout, TimeProvider time, CancellationToken stop)
{
    private long _nextNewsAt;
    private int _calls;
    private long _busySince;

    /// <summary>What the authorizer refused last; null = nothing.</summary>
    public Denial? Denied { get; private set; }

    /// <summary>Whether the connection took more memory than it may, and was stopped for it.</summary>
    public bool MemoryExceeded { get; private set; }

    /// <summary>Whether all statements together took more memory than they may, and this one was stopped for it.</summary>
    public bool HeapExceeded { get; private set; }

    /// <summary>Whether what the statement keeps aside left too little of the disk, and it was stopped for it.</summary>
    public bool DiskExceeded { get; private set; }

    /// <summary>What went wrong in a callback, through which no exception may pass; null = nothing.</summary>
    public ExceptionDispatchInfo? Fault { get; private set; }

    /// <summary>Whether the statement prepared last changes rows itself, rather than the schema.</summary>
    public bool ChangesRows => _rowChange && !_schemaChange;
    private bool _rowChange;
    private bool _schemaChange;

    /// <summary>Whether the statement is to stop.</summary>
    public bool Stopped => stop.IsCancellationRequested;

    /// <summary>Called about every <see cref="NewsEvery"/> while a statement runs, and with words when it waits for a lock; must not wait.</summary>
    public Action<string?>? News { get; set; }

    /// <summary>How often <see cref="News"/> is called.</summary>
    public static readonly TimeSpan NewsEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>How many steps of SQLite's machine lie between two looks at the guard: some microseconds.</summary>
    private const int StepsBetweenLooks = 1000;

    /// <summary>How many looks lie between two at the memory, which costs more.</summary>
    private const int LooksBetweenMemory = 16;

    /// <summary>How long a lock of another connection is waited for before it is tried again.</summary>
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(10);

    private const string WaitingForLock = "waiting for a lock that another connection holds";

    /// <summary>Forgets what was seen of the statement before.</summary>
    public void BeginStatement()
    {
        Denied = null;
        _rowChange = _schemaChange = false;
    }

    /// <summary>Has a connection ask whether to go on, and whether to wait for a lock.</summary>
    /// <param name="self">A handle to this guard that lives as long as the connection.</param>
    public void Watch(nint database, nint self)
    {
        _database = database;
        SourceCalls.ProgressHandler(database, StepsBetweenLooks, &Look, self);
        _ = SourceCalls.BusyHandler(database, &Busy, self);
    }

    /// <summary>Has a connection ask what is allowed: from here on our own settings would be refused too.</summary>
    /// <param name="self">A handle to this guard that lives as long as the connection.</param>
    public static void Restrict(nint database, nint self) => _ = SourceCalls.SetAuthorizer(database, &Authorize, self);

    private nint _database;

    /// <summary>The guard behind the user data of a callback.</summary>
    public static StatementGuard From(nint data) => (StatementGuard)GCHandle.FromIntPtr(data).Target!;

    private bool Allows(int action, string? first, string? second)
    {
        var ownTable = first is not null && first.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase);
        _rowChange |= Actions.IsRowChange(action) && !ownTable;
        _schemaChange |= Actions.IsSchemaChange(action);
        if (ScriptPolicy.Decide(action, first, second, readOnly) is not { } denial) return true;

        Denied ??= denial;
        return false;
    }

    private bool GoesOn()
    {
        if (Stopped) return false;
        if (++_calls % LooksBetweenMemory == 0 && TakesTooMuch()) return false;

        var now = time.GetTimestamp();
        if (now >= _nextNewsAt)
        {
            _nextNewsAt = now + (long)(NewsEvery.TotalSeconds * time.TimestampFrequency);
            News?.Invoke(null);
            DiskExceeded = TemporaryFiles.FreeBytes < minFreeBytes;
        }

        return !DiskExceeded;
    }

    private bool TakesTooMuch()
    {
        MemoryExceeded = MemoryBytes() > memoryBytesMax;
        HeapExceeded = SqliteHeap.IsFullForStatements;
        return MemoryExceeded || HeapExceeded;
    }

    private long MemoryBytes()
    {
        var sum = 0L;
        foreach (var part in (ReadOnlySpan<int>)[PageCaches, Schemas])
        {
            int current, highest;
            if (SourceCalls.Status(_database, part, &current, &highest, 0) == ResultCode.Ok) sum += current;
        }

        return sum;
    }

    private const int PageCaches = 1; // SQLITE_DBSTATUS_CACHE_USED
    private const int Schemas = 2; // SQLITE_DBSTATUS_SCHEMA_USED

    private bool WaitsOn(int tries)
    {
        if (tries == 0)
        {
            _busySince = time.GetTimestamp();
            News?.Invoke(WaitingForLock);
        }

        return time.GetElapsedTime(_busySince) < busyTimeout && !stop.WaitHandle.WaitOne(BusyPause);
    }

    private void Failed(Exception exception) => Fault ??= ExceptionDispatchInfo.Capture(exception);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Authorize(nint data, int action, byte* first, byte* second, byte* database, byte* trigger)
    {
        const int Deny = 1;
        var guard = From(data);
        try
        {
            return guard.Allows(action, Utf8.String(first), Utf8.String(second)) ? ResultCode.Ok : Deny;
        }
        catch (Exception e)
        {
            guard.Failed(e);
            return Deny;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Look(nint data)
    {
        var guard = From(data);
        try
        {
            return guard.GoesOn() ? 0 : 1;
        }
        catch (Exception e)
        {
            guard.Failed(e);
            return 1;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Busy(nint data, int tries)
    {
        var guard = From(data);
        try
        {
            return guard.WaitsOn(tries) ? 1 : 0;
        }
        catch (Exception e)
        {
            guard.Failed(e);
            return 0;
        }
    }
}
