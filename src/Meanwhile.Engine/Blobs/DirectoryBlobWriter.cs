using Meanwhile.Offloading;

namespace Meanwhile.Blobs;

/// <summary>Appends to one file of a <see cref="DirectoryBlobStore"/>.</summary>
internal sealed class DirectoryBlobWriter(FileStream file, string root, FreeSpace free, IWorkOffload offload) : IBlobWriter
{
    private bool _nameIsDurable;

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        free.Take(bytes.Length);
        try
        {
            await RandomAccess.WriteAsync(file.SafeFileHandle, bytes, Length, cancellationToken);
        }
        catch (Exception failure) when (DiskFullErrors.From(failure) is { } full)
        {
            throw full;
        }

        Length += bytes.Length; // only now: what a failed append left behind is overwritten by the next
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await offload.RunAsync(Sync);
        }
        catch (IOException failure) when (DiskFullErrors.From(failure) is { } full)
        {
            throw full;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => file.DisposeAsync();

    private void Sync()
    {
        RandomAccess.FlushToDisk(file.SafeFileHandle);
        if (_nameIsDurable) return;

        // All of them, not only those that this writer made: another may have made one and not synced it yet.
        DurableDirectories.Sync(Path.GetDirectoryName(file.Name)!, root);
        _nameIsDurable = true;
    }
}
