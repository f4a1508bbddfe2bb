using System.Runtime.CompilerServices;

namespace Meanwhile.Blobs;

/// <summary>Keeps blobs in memory, and what of them would survive a crash apart: the oracle for other stores, and the simulation's disk.</summary>
/// <remarks>Never leaves the caller's thread. Safe for concurrent use.</remarks>
public sealed class ModelBlobStore : IBlobStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Blob> _blobs = new(StringComparer.Ordinal);

    /// <summary>The keys of all objects, in ordinal order.</summary>
    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_gate) return [.. _blobs.Keys];
        }
    }

    /// <summary>What an object holds, changed in place by whoever wants to damage it.</summary>
    /// <exception cref="FileNotFoundException">There is no such object.</exception>
    public byte[] Content(string key)
    {
        lock (_gate) return Find(key).Bytes;
    }

    /// <summary>Loses what was not flushed, as a crash of the machine would.</summary>
    public void Crash()
    {
        lock (_gate)
        {
            foreach (var (key, blob) in _blobs.ToList())
            {
                if (blob.Durable is { } durable) blob.Bytes = blob.Bytes[..durable];
                else _blobs.Remove(key);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<IBlobWriter> CreateAsync(string key, CancellationToken cancellationToken)
    {
        BlobName.CheckKey(key);
        lock (_gate)
        {
            var blob = new Blob();
            if (!_blobs.TryAdd(key, blob)) throw new IOException($"The blob {key} exists.");
            return ValueTask.FromResult<IBlobWriter>(new Writer(this, blob));
        }
    }

    /// <inheritdoc/>
    public ValueTask<Stream> OpenAsync(string key, long offset, long length, CancellationToken cancellationToken)
    {
        BlobName.CheckKey(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        lock (_gate)
        {
            var bytes = Find(key).Bytes;
            if (length > bytes.Length - offset) throw new EndOfStreamException($"The blob {key} has {bytes.Length} bytes; the range {offset}+{length} is not all there.");
            return ValueTask.FromResult<Stream>(new MemoryStream(bytes, (int)offset, (int)length, writable: false));
        }
    }

    /// <inheritdoc/>
    public ValueTask<long?> LengthAsync(string key, CancellationToken cancellationToken)
    {
        BlobName.CheckKey(key);
        lock (_gate) return ValueTask.FromResult<long?>(_blobs.TryGetValue(key, out var blob) ? blob.Bytes.Length : null);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckPrefix(prefix);
        var names = Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Select(key => key[prefix.Length..])
            .Select(name => name.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? name[..(slash + 1)] : name)
            .Distinct().Order(StringComparer.Ordinal);
        foreach (var name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return name;
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string prefix, CancellationToken cancellationToken)
    {
        if (!prefix.EndsWith('/'))
        {
            BlobName.CheckKey(prefix);
            lock (_gate) _blobs.Remove(prefix);
            return ValueTask.CompletedTask;
        }

        BlobName.CheckPrefix(prefix);
        lock (_gate)
        {
            foreach (var key in _blobs.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToList()) _blobs.Remove(key);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<long?> FreeBytesAsync(CancellationToken cancellationToken) => ValueTask.FromResult<long?>(null);

    private Blob Find(string key) =>
        _blobs.TryGetValue(key, out var blob) ? blob : throw new FileNotFoundException($"There is no blob {key}.", key);

    private sealed class Blob
    {
        public byte[] Bytes { get; set; } = [];

        /// <summary>How much of it is on stable storage; null = not even its name.</summary>
        public int? Durable { get; set; }
    }

    private sealed class Writer(ModelBlobStore store, Blob blob) : IBlobWriter
    {
        public long Length { get; private set; }

        public ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            lock (store._gate) blob.Bytes = [.. blob.Bytes, .. bytes.Span];
            Length += bytes.Length;
            return ValueTask.CompletedTask;
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            lock (store._gate) blob.Durable = blob.Bytes.Length;
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
