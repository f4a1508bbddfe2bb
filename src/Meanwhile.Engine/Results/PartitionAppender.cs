using Meanwhile.Blobs;
using Meanwhile.Offloading;

namespace Meanwhile.Results;

/// <summary>Takes filled blocks, compresses them off the producer's thread and appends them, in order, to one object.</summary>
/// <remarks>
/// At most <see cref="ResultOptions.BlocksInFlightMax"/> blocks are under way, one of them being compressed; with a block of huge rows, only that. After a failure nothing more is
/// appended, and every later call throws that failure. One caller at a time.
/// </remarks>
internal sealed class PartitionAppender(string key, ResultOptions options, IBlobStore blobs, IWorkOffload offload) : IAsyncDisposable
{
    private const int CapacityKept = 32 << 10;
    private readonly Queue<(Task Appended, ResultBlock Block)> _inFlight = [];
    private readonly Stack<ResultBlock> _free = [];
    private readonly PooledBytes _member = new();
    private Task _tail = Task.CompletedTask;
    private IBlobWriter? _writer;

    /// <summary>Arrays that a row made larger than this are huge: they are not kept, and only one is under way.</summary>
    private int CapacityMax => Math.Max(options.PartitionBytes, CapacityKept) * 2;

    /// <summary>An empty block.</summary>
    public ResultBlock Rent() => _free.TryPop(out var block) ? block : new ResultBlock();

    /// <summary>Sends a block on its way, waiting first while too many are.</summary>
    public async ValueTask AppendAsync(ResultBlock block, CancellationToken cancellationToken)
    {
        while (_inFlight.Count >= options.BlocksInFlightMax) await OldestAsync(cancellationToken);
        _tail = AppendAfterAsync(_tail, block);
        _inFlight.Enqueue((_tail, block));
        while (block.Bytes.Capacity > CapacityMax && _inFlight.Count > 0) await OldestAsync(cancellationToken); // one block of huge rows at a time
    }

    /// <summary>Waits until all blocks are appended and on stable storage.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        while (_inFlight.Count > 0) await OldestAsync(cancellationToken);
        if (_writer is not null) await _writer.FlushAsync(cancellationToken);
    }

    /// <summary>Waits for what is under way, closes the object and gives the buffers back.</summary>
    public async ValueTask DisposeAsync()
    {
        // Whoever completes has seen its failure already, and whoever gives up does not want the result.
        await _tail.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        foreach (var (_, block) in _inFlight) block.Bytes.Dispose();
        foreach (var block in _free) block.Bytes.Dispose();
        _inFlight.Clear();
        _free.Clear();
        _member.Dispose();
        if (_writer is not null) await _writer.DisposeAsync();
    }

    private async ValueTask OldestAsync(CancellationToken cancellationToken)
    {
        var (appended, block) = _inFlight.Peek();
        await appended.WaitAsync(cancellationToken);
        _inFlight.Dequeue();
        block.Clear(CapacityMax);
        _free.Push(block);
    }

    private async Task AppendAfterAsync(Task before, ResultBlock block)
    {
        await before;
        _writer ??= await blobs.CreateAsync(key, CancellationToken.None);
        foreach (var segment in block.Segments) await AppendAsync(segment, block.Bytes.Memory.Slice(segment.Start, segment.Length), _writer);
    }

    private async ValueTask AppendAsync(BlockSegment segment, ReadOnlyMemory<byte> rows, IBlobWriter writer)
    {
        var stored = rows;
        var checksum = 0u;
        await offload.RunAsync(() =>
        {
            if (options.Compress) stored = Encode(rows);
            checksum = Crc32.Of(stored.Span);
        });

        var offset = writer.Length;
        await writer.AppendAsync(stored, CancellationToken.None);
        segment.Statement.Partitions.Add(new ResultPartition
        {
            Offset = offset,
            Length = stored.Length,
            DecodedLength = rows.Length,
            FirstRow = segment.FirstRow,
            Rows = segment.Rows,
            Checksum = checksum,
        });
    }

    private ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> rows)
    {
        _member.Count = 0;
        _member.Trim(CapacityMax);
        GzipMember.Encode(rows.Span, _member);
        return _member.Memory;
    }
}
