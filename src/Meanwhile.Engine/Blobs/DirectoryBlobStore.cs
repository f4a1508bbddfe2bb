using System.Runtime.CompilerServices;
using Meanwhile.Offloading;

namespace Meanwhile.Blobs;

/// <summary>Keeps blobs as files below a directory, which is made if need be.</summary>
/// <remarks>
/// Made for one server; several nodes can share it only on a file system that all of them see alike. A key's segments are directories, so one
/// object can't lie below another. Names are durable once the writer's flush returns, on Linux and macOS by syncing each directory up to the root.
/// </remarks>
public sealed class DirectoryBlobStore : IBlobStore
{
    private readonly string _root;
    private readonly BlobDirectory _directory;
    private readonly FreeSpace _free;
    private readonly IWorkOffload _offload;

    /// <summary>Opens the store.</summary>
    /// <param name="root">The directory; relative to the current one if it is relative.</param>
    /// <param name="offload">Where syncs of the disk run.</param>
    /// <exception cref="IOException">The directory could not be made.</exception>
    public DirectoryBlobStore(string root, DirectoryBlobOptions options, TimeProvider time, IWorkOffload offload)
    {
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        _directory = new BlobDirectory(_root);
        _offload = offload;
        _free = new FreeSpace(options.FreeBytes ?? (() => new DriveInfo(_root).AvailableFreeSpace), options.MinFreeBytes, time);

        if (Directory.Exists(_root)) return;
        BlobDirectory.MakeFolder(_root);
        if (Path.GetDirectoryName(_root) is { } above) DurableDirectories.Sync(above, above);
    }

    /// <inheritdoc/>
    public ValueTask<IBlobWriter> CreateAsync(string key, CancellationToken cancellationToken)
    {
        BlobName.CheckKey(key);
        _free.Take(0);
        try
        {
            var path = _directory.PathOf(key);
            return ValueTask.FromResult<IBlobWriter>(new DirectoryBlobWriter(BlobDirectory.CreateNew(path), _root, _free, _offload));
        }
        catch (IOException failure) when (DiskFullErrors.From(failure) is { } full)
        {
            throw full;
        }
    }

    /// <inheritdoc/>
    public ValueTask<Stream> OpenAsync(string key, long offset, long length, CancellationToken cancellationToken)
    {
        BlobName.CheckKey(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var file = OpenFile(key);
        var stored = RandomAccess.GetLength(file);
        if (length <= stored - offset) return ValueTask.FromResult<Stream>(new FileRangeStream(file, offset, length));

        file.Dispose();
        throw new EndOfStreamException($"The blob {key} has {stored} bytes; the range {offset}+{length} is not all there.");
    }

    /// <inheritdoc/>
    public ValueTask<long?> LengthAsync(string key, CancellationToken cancellationToken)
    {
        BlobName.CheckKey(key);
        var file = new FileInfo(_directory.PathOf(key));
        return ValueTask.FromResult<long?>(file.Exists ? file.Length : null);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckPrefix(prefix);
        foreach (var name in BlobDirectory.List(_directory.PathOf(prefix)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return name;
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string prefix, CancellationToken cancellationToken)
    {
        if (prefix.EndsWith('/')) BlobName.CheckPrefix(prefix);
        else BlobName.CheckKey(prefix);

        var path = _directory.PathOf(prefix);
        if (prefix.EndsWith('/') == Directory.Exists(path)) _directory.Delete(path);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<long?> FreeBytesAsync(CancellationToken cancellationToken) => ValueTask.FromResult<long?>(_free.Available);

    private Microsoft.Win32.SafeHandles.SafeFileHandle OpenFile(string key)
    {
        try
        {
            return File.OpenHandle(_directory.PathOf(key), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        }
        catch (Exception failure) when (failure is DirectoryNotFoundException or FileNotFoundException or UnauthorizedAccessException)
        {
            throw new FileNotFoundException($"There is no blob {key}.", key, failure);
        }
    }
}
