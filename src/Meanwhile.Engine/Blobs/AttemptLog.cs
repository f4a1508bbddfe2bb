using System.Text;
using Meanwhile.Jobs;

namespace Meanwhile.Blobs;

/// <summary>Takes an attempt's log lines at once, and writes them to the blob store in batches when it is told to.</summary>
/// <remarks>
/// Safe for concurrent use: flushes go one after the other, and after disposing they do nothing. No object is made before the first line.
/// Memory is bounded by the log's own bound.
/// </remarks>
/// <param name="part">Which part of the attempt's log this writes, where another process may have begun it.</param>
/// <param name="logBytesMax">max_log_bytes, by default 1 MiB: lines past it are dropped, and the last one says so.</param>
public sealed class AttemptLog(IBlobStore blobs, AttemptFence fence, int logBytesMax = AttemptLog.LogBytesMax, int part = 0) : IAsyncDisposable
{
    /// <summary>max_log_bytes: 1 MiB.</summary>
    public const int LogBytesMax = 1 << 20;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _flushing = new(1);
    private readonly byte[] _notice = Encoding.UTF8.GetBytes($"[the log is cut here: max_log_bytes is {logBytesMax}]\n");
    private MemoryStream _waiting = new();
    private long _length;
    private bool _cut;
    private bool _disposed;
    private IBlobWriter? _writer;

    /// <summary>How many bytes were taken so far, written or not; at most max_log_bytes (or the notice's own length, if that is more).</summary>
    public long Length
    {
        get
        {
            lock (_gate) return _length;
        }
    }

    /// <summary>Adds a line. Cheap; never waits.</summary>
    /// <param name="line">Without a newline at its end; those within are kept.</param>
    public void Append(string line)
    {
        lock (_gate)
        {
            if (_cut) return;
            _cut = Encoding.UTF8.GetByteCount(line) + 1 > logBytesMax - _notice.Length - _length;
            Take(_cut ? _notice : [.. Encoding.UTF8.GetBytes(line), (byte)'\n']);
        }
    }

    /// <summary>Writes what waits, durably.</summary>
    /// <returns>How many bytes are written in all.</returns>
    /// <exception cref="BlobStoreFullException">There is no space: what waited is lost, the attempt may go on.</exception>
    public async ValueTask<long> FlushAsync(CancellationToken cancellationToken)
    {
        await _flushing.WaitAsync(cancellationToken);
        try
        {
            return await WriteAsync(cancellationToken);
        }
        finally
        {
            _flushing.Release();
        }
    }

    private async ValueTask<long> WriteAsync(CancellationToken cancellationToken)
    {
        MemoryStream batch;
        lock (_gate)
        {
            if (_waiting.Length == 0 || _disposed) return _writer?.Length ?? 0;
            (batch, _waiting) = (_waiting, new MemoryStream());
        }

        _writer ??= await blobs.CreateAsync(BlobKeys.Log(fence, part), cancellationToken);
        await _writer.AppendAsync(batch.GetBuffer().AsMemory(0, (int)batch.Length), cancellationToken);
        await _writer.FlushAsync(cancellationToken);
        return _writer.Length;
    }

    /// <summary>Closes the object; what was not flushed is lost.</summary>
    public async ValueTask DisposeAsync()
    {
        await _flushing.WaitAsync();
        _disposed = true;
        if (_writer is not null) await _writer.DisposeAsync();
        _flushing.Release(); // not disposed: whoever flushes late still waits for it
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        _waiting.Write(bytes);
        _length += bytes.Length;
    }
}
