using Meanwhile.Registry;
using Xunit;

namespace Meanwhile.Testing.Stores;

/// <summary>What <see cref="IRegistry"/> promises.</summary>
public abstract class RegistryConformance : StoreConformance
{
    private static readonly DocumentKey Key = new("source", "p", "flights");

    [Fact]
    public async Task A_document_is_read_as_it_was_written()
    {
        var written = await PutAsync(Key, """{"ü":1}""");

        Assert.Equal(new Document(Key, 1, """{"ü":1}""", Now), written);
        Assert.Equal(written, await Store.Registry.GetAsync(Key, Token));
        Assert.Null(await Store.Registry.GetAsync(Key with { Kind = "key" }, Token));
        Assert.Null(await Store.Registry.GetAsync(Key with { Project = "" }, Token));
    }

    [Fact]
    public async Task A_write_happens_only_at_the_expected_version()
    {
        Assert.Null(await PutAsync(Key, "{}", 1));
        Assert.NotNull(await PutAsync(Key, "{}", 0));
        Assert.Null(await PutAsync(Key, "{}", 0));
        Assert.Null(await PutAsync(Key, "{}", 2));
        Assert.Equal(2, (await PutAsync(Key, """{"a":1}""", 1))!.Version);
        Assert.Equal(3, (await PutAsync(Key, """{"a":2}"""))!.Version);
        Assert.Equal("""{"a":2}""", (await Store.Registry.GetAsync(Key, Token))!.Json);
    }

    [Fact]
    public async Task Of_racing_writes_at_one_version_one_wins()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () => await PutAsync(Key, $$"""{"i":{{i}}}""", 0))));

        Assert.Equal(Assert.Single(answers, answer => answer is not null), await Store.Registry.GetAsync(Key, Token));
    }

    [Fact]
    public async Task A_deleted_document_is_gone_and_its_versions_are_not_used_again()
    {
        await PutAsync(Key, "{}");
        await PutAsync(Key, "{}");

        Assert.False(await Store.Registry.DeleteAsync(Key, 1, Token));
        Assert.True(await Store.Registry.DeleteAsync(Key, 2, Token));
        Assert.False(await Store.Registry.DeleteAsync(Key, null, Token));
        Assert.Null(await Store.Registry.GetAsync(Key, Token));
        Assert.Empty(await Store.Registry.ListAsync("source", null, null, 10, Token));
        Assert.Null(await PutAsync(Key, "{}", 2));
        Assert.Equal(3, (await PutAsync(Key, "{}", 0))!.Version);
    }

    [Fact]
    public async Task Documents_of_a_kind_are_listed_by_project_and_name_page_by_page()
    {
        foreach (var (project, name) in ((string, string)[])[("p", "b"), ("", "z"), ("q", "a"), ("p", "a"), ("p", "B")]) await PutAsync(new DocumentKey("source", project, name), "{}");
        await PutAsync(new DocumentKey("key", "p", "a"), "{}");

        var first = await Store.Registry.ListAsync("source", null, null, 3, Token);
        var second = await Store.Registry.ListAsync("source", null, first[^1].Key, 3, Token);
        var ofProject = await Store.Registry.ListAsync("source", "p", null, 10, Token);
        var ofInstance = await Store.Registry.ListAsync("source", "", null, 10, Token);

        Assert.Equal([("", "z"), ("p", "B"), ("p", "a"), ("p", "b"), ("q", "a")], first.Concat(second).Select(document => (document.Key.Project, document.Key.Name)));
        Assert.Equal(["B", "a", "b"], ofProject.Select(document => document.Key.Name));
        Assert.Equal(["z"], ofInstance.Select(document => document.Key.Name));
    }

    [Fact]
    public async Task A_watch_from_the_beginning_shows_every_document_once_and_then_what_changes()
    {
        var gone = Key with { Name = "gone" };
        await PutAsync(Key, "{}");
        await PutAsync(gone, "{}");
        await PutAsync(Key, """{"a":1}""");
        await Store.Registry.DeleteAsync(gone, null, Token);
        await using var watch = Store.Registry.WatchAsync(0, Token).GetAsyncEnumerator(Token);

        Assert.True(await watch.MoveNextAsync());
        Assert.Equal((Key, 2L), (watch.Current.Key, watch.Current.Document!.Version));
        var next = watch.MoveNextAsync();
        Assert.False(next.IsCompleted);
        await Store.Registry.DeleteAsync(Key, null, Token);

        Assert.True(await next);
        Assert.Equal((Key, null), (watch.Current.Key, watch.Current.Document));
    }

    [Fact]
    public async Task A_watch_goes_on_after_a_number_with_nothing_lost()
    {
        await PutAsync(Key, "{}");
        long number;
        await using (var first = Store.Registry.WatchAsync(0, Token).GetAsyncEnumerator(Token))
        {
            Assert.True(await first.MoveNextAsync());
            number = first.Current.Number;
        }

        await PutAsync(Key with { Name = "b" }, "{}");
        await Store.Registry.DeleteAsync(Key, null, Token);
        await using var second = Store.Registry.WatchAsync(number, Token).GetAsyncEnumerator(Token);

        Assert.True(await second.MoveNextAsync());
        Assert.Equal("b", second.Current.Key.Name);
        Assert.True(await second.MoveNextAsync());
        Assert.Equal((Key, null), (second.Current.Key, second.Current.Document));
        Assert.True(second.Current.Number > number);
    }

    [Fact]
    public async Task A_watch_ends_when_it_is_cancelled()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var watch = Store.Registry.WatchAsync(0, stop.Token).GetAsyncEnumerator(stop.Token);
        var next = watch.MoveNextAsync().AsTask();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    private ValueTask<Document?> PutAsync(DocumentKey key, string json, long? expectedVersion = null) => Store.Registry.PutAsync(key, json, expectedVersion, Token);
}
