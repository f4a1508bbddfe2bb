using Meanwhile.Offloading;

namespace Meanwhile.Blobs;

public sealed class ModelBlobStoreTests : BlobStoreConformance
{
    protected override IBlobStore Store { get; } = new ModelBlobStore();
}

public sealed class DirectoryBlobStoreTests : BlobStoreConformance, IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("meanwhile-blobs-");
    private long _free = 1L << 40;

    public DirectoryBlobStoreTests() => Store = Open(minFreeBytes: 1000);

    protected override IBlobStore Store { get; }

    private string Root => Path.Combine(_directory.FullName, "new", "root");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Another_store_on_the_same_directory_sees_what_was_flushed()
    {
        await WriteAsync("a/b", "x"u8.ToArray());

        await using var content = await Open().OpenAsync("a/b", 0, 1, default);
        Assert.Equal('x', content.ReadByte());
    }

    [Fact]
    public async Task Directories_that_emptied_are_removed_up_to_the_root()
    {
        await WriteAsync("a/b/c", "x"u8.ToArray());

        await Store.DeleteAsync("a/b/c", default);

        Assert.True(Directory.Exists(Root));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Root));
    }

    [Fact]
    public async Task What_would_leave_less_than_min_free_bytes_is_refused_as_full()
    {
        _free = 1010;
        await using var writer = await Open(minFreeBytes: 1000).CreateAsync("a", default);

        await writer.AppendAsync(new byte[10], default);
        var full = await Assert.ThrowsAsync<BlobStoreFullException>(async () => await writer.AppendAsync(new byte[1], default));

        Assert.Contains("min_free_bytes", full.Message, StringComparison.Ordinal);
        Assert.Equal(10, writer.Length);
    }

    [Fact]
    public async Task Nothing_is_made_on_a_full_disk()
    {
        _free = 999;

        await Assert.ThrowsAsync<BlobStoreFullException>(async () => await Open(minFreeBytes: 1000).CreateAsync("a", default));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Root));
    }

    [Fact]
    public async Task Free_bytes_are_what_may_still_be_written()
    {
        _free = 1500;
        Assert.Equal(500, await Open(minFreeBytes: 1000).FreeBytesAsync(default));
        _free = 10;
        Assert.Equal(0, await Open(minFreeBytes: 1000).FreeBytesAsync(default));
    }

    [Fact]
    public async Task The_operating_system_is_asked_when_nobody_else_is()
    {
        DirectoryBlobStore store = new(Root, new DirectoryBlobOptions { MinFreeBytes = 0 }, TimeProvider.System, new InlineOffload());

        Assert.True(await store.FreeBytesAsync(default) > 0);
    }

    [Fact]
    public async Task Links_out_of_the_root_are_not_followed()
    {
        var outside = _directory.CreateSubdirectory("outside").FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "secret"), "x");
        Directory.CreateSymbolicLink(Path.Combine(Root, "link"), outside);
        File.CreateSymbolicLink(Path.Combine(Root, "file"), Path.Combine(outside, "secret"));

        await Assert.ThrowsAnyAsync<IOException>(async () => await Store.OpenAsync("link/secret", 0, 1, default));
        await Assert.ThrowsAnyAsync<IOException>(async () => await Store.OpenAsync("file", 0, 1, default));
        await Assert.ThrowsAnyAsync<IOException>(async () => await Store.CreateAsync("link/new", default));
        await Assert.ThrowsAnyAsync<IOException>(async () => await Store.DeleteAsync("link/", default));
        Assert.Equal(["secret"], Directory.EnumerateFiles(outside).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Deleting_a_tree_removes_links_in_it_and_not_what_they_lead_to()
    {
        await WriteAsync("tree/a", "x"u8.ToArray());
        var outside = _directory.CreateSubdirectory("outside").FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "kept"), "x");
        Directory.CreateSymbolicLink(Path.Combine(Root, "tree", "link"), outside);

        await Store.DeleteAsync("tree/", default);

        Assert.False(Directory.Exists(Path.Combine(Root, "tree")));
        Assert.True(File.Exists(Path.Combine(outside, "kept")));
    }

    [Fact]
    public void A_long_list_is_read_in_batches_and_stays_whole_and_in_order()
    {
        var names = Enumerable.Range(0, 100).Select(i => $"n{i}").Order(StringComparer.Ordinal).ToList();
        foreach (var name in names) File.WriteAllText(Path.Combine(Root, name), "x");

        Assert.Equal(names, BlobDirectory.List(Root, batchMax: 7));
        Assert.Equal(names, BlobDirectory.List(Root, batchMax: 100));
    }

    [Fact]
    public void Syncing_a_directory_that_is_not_there_says_so()
    {
        var missing = Path.Combine(Root, "missing");

        var failure = Assert.Throws<IOException>(() => DurableDirectories.Sync(missing, Root));
        Assert.Contains(missing, failure.Message, StringComparison.Ordinal);
    }

    private DirectoryBlobStore Open(long minFreeBytes = 0) =>
        new(Root, new DirectoryBlobOptions { MinFreeBytes = minFreeBytes, FreeBytes = () => _free }, TimeProvider.System, new InlineOffload());
}
