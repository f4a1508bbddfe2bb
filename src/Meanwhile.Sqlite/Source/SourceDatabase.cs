using System.Runtime.InteropServices;
using Meanwhile.Sqlite.Source.Functions;
using Meanwhile.Sqlite.Source.Hardening;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source;

/// <summary>A connection to a source's database, hardened before anybody's statement meets it.</summary>
/// <remarks>Used by one thread; only <see cref="Interrupt"/> may come from another, and never after <see cref="Dispose"/>.</remarks>
internal sealed unsafe class SourceDatabase : IDisposable
{
    private readonly nint _handle;
    private readonly GCHandle _guard;
    private bool _closed;

    private SourceDatabase(nint handle, GCHandle guard)
    {
        _handle = handle;
        _guard = guard;
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">Without links: one that has appeared since is refused.</param>
    /// <exception cref="SourceException">It can't be opened.</exception>
    public static SourceDatabase Open(string path, DatabaseLimits limits, StatementGuard guard)
    {
        var access = limits.ReadOnly ? OpenFlags.ReadOnly : OpenFlags.ReadWrite | (limits.Create ? OpenFlags.Create : 0);
        nint handle;
        int code;
        fixed (byte* name = Utf8.Terminated(path)) code = SourceCalls.Open(name, &handle, access | OpenFlags.NoMutex | OpenFlags.NoFollow, 0);
        var database = new SourceDatabase(handle, GCHandle.Alloc(guard));
        try
        {
            if (code != ResultCode.Ok) throw database.Failure(code);

            _ = SourceCalls.ExtendedResultCodes(handle, 1);
            var self = GCHandle.ToIntPtr(database._guard);
            guard.Watch(handle, self);
            database.Harden(limits);
            HeedfulFunctions.Register(handle, self);
            StatementGuard.Restrict(handle, self);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Prepares the statement at an offset.</summary>
    /// <param name="next">Where the one after it begins.</param>
    /// <returns>Null when there is none: blanks, comments, a lone semicolon.</returns>
    /// <exception cref="SourceException">It can't be prepared.</exception>
    public PreparedStatement? Prepare(SqlText text, int offset, out int next)
    {
        fixed (byte* start = text.Terminated)
        {
            nint statement;
            byte* tail;
            var code = SourceCalls.Prepare(_handle, start + offset, text.Terminated.Length - offset, 0, &statement, &tail);
            next = tail is null ? text.Utf8.Length : (int)(tail - start);
            if (code == ResultCode.Ok) return statement == 0 ? null : new PreparedStatement(statement);

            var at = SourceCalls.ErrorOffset(_handle);
            throw Failure(code, at < 0 ? null : text.PositionOf(offset + at));
        }
    }

    /// <summary>Rows changed by the statement that ended last, if it changes rows.</summary>
    public long Changes => SourceCalls.Changes(_handle);

    /// <summary>True between a BEGIN and its COMMIT or ROLLBACK.</summary>
    public bool InTransaction => SourceCalls.AutoCommit(_handle) == 0;

    /// <summary>Whether the open transaction has written.</summary>
    public bool HasUncommittedWrites => SourceCalls.TransactionState(_handle, 0) == TransactionWrites;

    private const int TransactionWrites = 2;

    /// <summary>Matching recurses once a wildcard.</summary>
    private const int LikePatternBytesMax = 5000;

    /// <summary>Tells whatever runs to stop.</summary>
    /// <remarks>Interrupts are heeded between SQLite's steps; once no longer value can be made, a step that makes one ends too.</remarks>
    public void Interrupt()
    {
        SourceCalls.Interrupt(_handle);
        _ = SourceCalls.Limit(_handle, LimitKind.Length, 1);
    }

    /// <summary>The failure that SQLite reports.</summary>
    public SourceException Failure(int code, int? position = null)
    {
        var message = _handle == 0 ? Utf8.String(SourceCalls.ErrorText(code)) : Utf8.String(SourceCalls.ErrorMessage(_handle));
        return new SourceException(SqliteErrors.Of(code, message ?? "SQLite gave no reason.", position));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_closed) return;

        _closed = true;
        _ = SourceCalls.Close(_handle); // rolls an open transaction back
        _guard.Free();
    }

    private void Harden(DatabaseLimits limits)
    {
        foreach (var (limit, value) in (ReadOnlySpan<(int, int)>)
        [
            (LimitKind.Length, limits.ValueBytesMax), (LimitKind.SqlLength, limits.SqlBytesMax), (LimitKind.Attached, 0), (LimitKind.WorkerThreads, 0),
            (LimitKind.ExprDepth, 500), (LimitKind.FunctionArg, 127), (LimitKind.VdbeOp, 1_000_000), (LimitKind.TriggerDepth, 100),
            (LimitKind.LikePatternLength, LikePatternBytesMax),
        ])
        {
            _ = SourceCalls.Limit(_handle, limit, value);
        }

        // Temporary files rather than memory: what a sort or a WITH keeps aside spills beyond the cache. trusted_schema: a view of a crafted file calls nothing harmful.
        Execute($"PRAGMA cache_size = -{limits.CacheSizeKib}; PRAGMA temp_store = FILE; PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON");
        if (limits.ReadOnly) Execute("PRAGMA query_only = ON");
    }

    private void Execute(string script)
    {
        var text = SqlText.Encode(script, int.MaxValue - 1);
        for (var offset = 0; offset < text.Utf8.Length;)
        {
            using var statement = Prepare(text, offset, out offset);
            if (statement is null) continue;

            int code;
            while ((code = statement.Step()) == ResultCode.Row)
            {
            }

            if (code != ResultCode.Done) throw Failure(code);
        }
    }
}

/// <summary>How a connection is opened.</summary>
/// <param name="Create">Whether a missing file is made.</param>
internal sealed record DatabaseLimits(bool ReadOnly, bool Create, int CacheSizeKib, int ValueBytesMax, int SqlBytesMax);
