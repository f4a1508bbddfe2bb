namespace Meanwhile.Blobs;

/// <summary>Passes everything on to another store, counts it, and fails when it is told to.</summary>
public sealed class FaultyBlobStore(IBlobStore inner) : IBlobStore
{
    private int _creates;
    private int _appends;
    private int _flushes;
    private int _opens;
    private long _bytesRead;

    /// <summary>The append, counted from 1 over all objects, from which on the disk is full; null = never.</summary>
    public int? FullFromAppend { get; set; }

    /// <summary>Whether flushes fail.</summary>
    public bool FailsOnFlush { get; set; }

    /// <summary>Awaited before each append, for a disk that is slow; null = not slow.</summary>
    public Func<Task>? BeforeAppend { get; set; }

    /// <summary>Objects made.</summary>
    public int Creates => _creates;

    /// <summary>Appends, also those that failed.</summary>
    public int Appends => _appends;

    /// <summary>Flushes, also those that failed.</summary>
    public int Flushes => _flushes;

    /// <summary>Ranges opened.</summary>
    public int Opens => _opens;

    /// <summary>Bytes of the ranges opened.</summary>
    public long BytesRead => _bytesRead;

    /// <inheritdoc/>
    public async ValueTask<IBlobWriter> CreateAsync(string key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _creates);
        return new Writer(this, await inner.CreateAsync(key, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<long?> LengthAsync(string key, CancellationToken cancellationToken) => inner.LengthAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Stream> OpenAsync(string key, long offset, long length, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _opens);
        Interlocked.Add(ref _bytesRead, length);
        return inner.OpenAsync(key, offset, length, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string prefix, CancellationToken cancellationToken) => inner.DeleteAsync(prefix, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long?> FreeBytesAsync(CancellationToken cancellationToken) => inner.FreeBytesAsync(cancellationToken);

    private sealed class Writer(FaultyBlobStore store, IBlobWriter inner) : IBlobWriter
    {
        public long Length => inner.Length;

        public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            var append = Interlocked.Increment(ref store._appends);
            if (store.BeforeAppend is { } before) await before();
            if (append >= store.FullFromAppend) throw new BlobStoreFullException("The disk is full: a test says so.");
            await inner.AppendAsync(bytes, cancellationToken);
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref store._flushes);
            return store.FailsOnFlush ? throw new IOException("The flush failed: a test says so.") : inner.FlushAsync(cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
