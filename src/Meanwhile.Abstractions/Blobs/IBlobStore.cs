namespace Meanwhile.Blobs;

/// <summary>Keeps results, logs and exports as objects that are appended to, opened by range, listed and deleted.</summary>
/// <remarks>
/// Keys are segments of a-z, A-Z, 0-9, '.', '_' and '-' joined by '/', at most 512 characters; "." and ".." are no segments. Any other key is an
/// <see cref="ArgumentException"/>. Safe for concurrent use; one object has one writer.
/// </remarks>
public interface IBlobStore
{
    /// <summary>Makes a new, empty object.</summary>
    /// <exception cref="IOException">It exists already, or the disk failed.</exception>
    ValueTask<IBlobWriter> CreateAsync(string key, CancellationToken cancellationToken);

    /// <summary>Opens a range for reading. What was flushed before can be read, also while the writer goes on.</summary>
    /// <exception cref="FileNotFoundException">There is no such object.</exception>
    /// <exception cref="EndOfStreamException">The object is shorter than the range.</exception>
    ValueTask<Stream> OpenAsync(string key, long offset, long length, CancellationToken cancellationToken);

    /// <summary>How many bytes of an object can be read by now; null when there is no such object.</summary>
    ValueTask<long?> LengthAsync(string key, CancellationToken cancellationToken);

    /// <summary>The names one level below a prefix, in ordinal order, without the prefix; a name that has more below it ends in '/'. Empty when there is nothing.</summary>
    /// <param name="prefix">Empty, or ending in '/'.</param>
    IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes the object with this key, or everything below it when it ends in '/'. What is not there is no error.</summary>
    ValueTask DeleteAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>How many bytes may still be written before <see cref="BlobStoreFullException"/>; null = unknown.</summary>
    ValueTask<long?> FreeBytesAsync(CancellationToken cancellationToken);
}

/// <summary>Appends to a new object. Disposing without <see cref="FlushAsync"/> may lose what was appended since the last one.</summary>
public interface IBlobWriter : IAsyncDisposable
{
    /// <summary>How many bytes have been appended.</summary>
    long Length { get; }

    /// <summary>Appends bytes.</summary>
    /// <exception cref="BlobStoreFullException">There is no space.</exception>
    ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Returns once everything appended, and the object's name, are on stable storage.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);
}

/// <summary>There is no space left for blobs: the disk is full, or what is left is kept for the store (<c>min_free_bytes</c>).</summary>
public sealed class BlobStoreFullException(string message, Exception? inner = null) : IOException(message, inner);
