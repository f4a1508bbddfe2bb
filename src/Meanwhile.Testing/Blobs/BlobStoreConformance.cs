using Xunit;

namespace Meanwhile.Blobs;

/// <summary>What every <see cref="IBlobStore"/> must do. An author inherits it and says how to make an empty store.</summary>
public abstract class BlobStoreConformance
{
    /// <summary>The store under test: empty at first, the same throughout one test.</summary>
    protected abstract IBlobStore Store { get; }

    [Fact]
    public async Task What_was_appended_and_flushed_is_read_back_in_order()
    {
        await using var writer = await Store.CreateAsync("a/b/c.bin", default);
        await writer.AppendAsync("one "u8.ToArray(), default);
        await writer.AppendAsync("two"u8.ToArray(), default);
        await writer.FlushAsync(default);

        Assert.Equal(7, writer.Length);
        Assert.Equal("one two"u8.ToArray(), await ReadAsync("a/b/c.bin", 0, 7));
    }

    [Fact]
    public async Task A_range_is_exactly_what_was_asked_for()
    {
        await WriteAsync("a", "0123456789"u8.ToArray());

        Assert.Equal("345"u8.ToArray(), await ReadAsync("a", 3, 3));
        Assert.Equal("9"u8.ToArray(), await ReadAsync("a", 9, 1));
        Assert.Empty(await ReadAsync("a", 10, 0));
    }

    [Theory]
    [InlineData(0, 11)]
    [InlineData(10, 1)]
    [InlineData(11, 0)]
    [InlineData(5, long.MaxValue)]
    public async Task A_range_past_the_end_is_refused(long offset, long length)
    {
        await WriteAsync("a", "0123456789"u8.ToArray());

        await Assert.ThrowsAsync<EndOfStreamException>(async () => await Store.OpenAsync("a", offset, length, default));
    }

    [Fact]
    public async Task The_length_is_what_was_flushed_and_null_where_there_is_nothing()
    {
        await WriteAsync("p/a", "12345"u8.ToArray());

        Assert.Equal(5, await Store.LengthAsync("p/a", default));
        Assert.Null(await Store.LengthAsync("p/b", default));
        Assert.Null(await Store.LengthAsync("p", default));
    }

    [Fact]
    public async Task What_was_flushed_can_be_read_while_the_writer_goes_on()
    {
        await using var writer = await Store.CreateAsync("a/b", default);
        await writer.AppendAsync("first"u8.ToArray(), default);
        await writer.FlushAsync(default);
        await writer.AppendAsync("second"u8.ToArray(), default);

        Assert.Equal("first"u8.ToArray(), await ReadAsync("a/b", 0, 5));
        await writer.FlushAsync(default);
        Assert.Equal("second"u8.ToArray(), await ReadAsync("a/b", 5, 6));
    }

    [Fact]
    public async Task An_object_is_made_once_only()
    {
        await WriteAsync("a/b", "kept"u8.ToArray());

        await Assert.ThrowsAnyAsync<IOException>(async () => await Store.CreateAsync("a/b", default));
        Assert.Equal("kept"u8.ToArray(), await ReadAsync("a/b", 0, 4));
    }

    [Fact]
    public async Task Of_many_who_make_the_same_object_one_succeeds()
    {
        var tries = Enumerable.Range(0, 20).Select(async _ =>
        {
            await Task.Yield();
            try
            {
                await using var writer = await Store.CreateAsync("race/x", default);
                return 1;
            }
            catch (IOException)
            {
                return 0;
            }
        });

        Assert.Equal(1, (await Task.WhenAll(tries)).Sum());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a/b")]
    public async Task What_is_not_there_is_not_found(string key)
    {
        await Assert.ThrowsAsync<FileNotFoundException>(async () => await Store.OpenAsync(key, 0, 0, default));
    }

    [Fact]
    public async Task A_prefix_is_no_object()
    {
        await WriteAsync("a/b", "x"u8.ToArray());

        await Assert.ThrowsAsync<FileNotFoundException>(async () => await Store.OpenAsync("a", 0, 0, default));
    }

    [Fact]
    public async Task A_list_is_one_level_in_ordinal_order()
    {
        foreach (var key in (string[])["p/b", "p/B", "p/a/x", "p/a/y/z", "p/c.d", "q", "pp/x"]) await WriteAsync(key, "x"u8.ToArray());

        Assert.Equal(["B", "a/", "b", "c.d"], await ListAsync("p/"));
        Assert.Equal(["x", "y/"], await ListAsync("p/a/"));
        Assert.Equal(["p/", "pp/", "q"], await ListAsync(""));
        Assert.Empty(await ListAsync("nothing/"));
    }

    [Fact]
    public async Task Deleting_a_key_deletes_that_object_alone()
    {
        foreach (var key in (string[])["p/a", "p/ab", "p/b/c"]) await WriteAsync(key, "x"u8.ToArray());

        await Store.DeleteAsync("p/a", default);
        await Store.DeleteAsync("p/b", default); // a prefix, not a key

        Assert.Equal(["ab", "b/"], await ListAsync("p/"));
    }

    [Fact]
    public async Task Deleting_a_prefix_deletes_all_below_it_and_nothing_else()
    {
        foreach (var key in (string[])["p/a/1", "p/a/b/2", "p/ab/3", "p/c"]) await WriteAsync(key, "x"u8.ToArray());

        await Store.DeleteAsync("p/a/", default);
        await Store.DeleteAsync("p/c/", default); // an object, not a prefix

        Assert.Equal(["ab/", "c"], await ListAsync("p/"));
        await Assert.ThrowsAsync<FileNotFoundException>(async () => await Store.OpenAsync("p/a/1", 0, 0, default));
    }

    [Fact]
    public async Task Deleting_what_is_not_there_is_no_error_and_a_prefix_that_emptied_is_gone()
    {
        await WriteAsync("p/a/1", "x"u8.ToArray());

        await Store.DeleteAsync("p/a/1", default);
        await Store.DeleteAsync("p/a/1", default);
        await Store.DeleteAsync("p/a/", default);

        Assert.Empty(await ListAsync(""));
    }

    [Fact]
    public async Task A_deleted_key_can_be_made_anew()
    {
        await WriteAsync("p/a", "old"u8.ToArray());
        await Store.DeleteAsync("p/a", default);
        await WriteAsync("p/a", "new"u8.ToArray());

        Assert.Equal("new"u8.ToArray(), await ReadAsync("p/a", 0, 3));
    }

    [Fact]
    public async Task Making_objects_while_their_only_neighbours_are_deleted_loses_none()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(maker => Task.Run(async () =>
        {
            for (var round = 0; round < 100; round++)
            {
                await WriteAsync($"race/dir/{maker}", "x"u8.ToArray());
                Assert.Single(await ReadAsync($"race/dir/{maker}", 0, 1));
                await Store.DeleteAsync($"race/dir/{maker}", default);
            }
        })));

        Assert.Empty(await ListAsync(""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("a/../b")]
    [InlineData("../a")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("a\0")]
    [InlineData("é")]
    public async Task A_key_that_is_none_is_refused(string key)
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.CreateAsync(key, default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.OpenAsync(key, 0, 0, default));
        if (!key.EndsWith('/')) await Assert.ThrowsAsync<ArgumentException>(async () => await Store.DeleteAsync(key, default));
    }

    [Theory]
    [InlineData("../")]
    [InlineData("a/../")]
    [InlineData("/")]
    [InlineData("a")]
    public async Task A_prefix_that_is_none_is_refused(string prefix)
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await ListAsync(prefix));
        if (prefix.EndsWith('/')) await Assert.ThrowsAsync<ArgumentException>(async () => await Store.DeleteAsync(prefix, default));
    }

    [Fact]
    public async Task A_key_has_at_most_512_characters()
    {
        var longest = string.Join('/', Enumerable.Repeat(new string('k', 127), 4));
        await WriteAsync(longest + "k", "x"u8.ToArray());

        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.CreateAsync(longest + "kk", default));
    }

    /// <summary>Makes an object with this content.</summary>
    protected async Task WriteAsync(string key, byte[] content)
    {
        await using var writer = await Store.CreateAsync(key, default);
        await writer.AppendAsync(content, default);
        await writer.FlushAsync(default);
    }

    /// <summary>Reads a range.</summary>
    protected async Task<byte[]> ReadAsync(string key, long offset, long length)
    {
        await using var content = await Store.OpenAsync(key, offset, length, default);
        using MemoryStream copy = new();
        await content.CopyToAsync(copy);
        return copy.ToArray();
    }

    /// <summary>Lists a prefix.</summary>
    protected async Task<List<string>> ListAsync(string prefix)
    {
        List<string> names = [];
        await foreach (var name in Store.ListAsync(prefix, default)) names.Add(name);
        return names;
    }
}
