using System.Text;
using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Registry;
using Meanwhile.Results;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store;
using Meanwhile.Stores;
using Meanwhile.Testing.Stores;
using Meanwhile.Testing.Time;
using SQLitePCL;

namespace Meanwhile.Sqlite.Tests.Store;

public sealed class SqliteStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("store").FullName;
    private readonly ManualTimeProvider _time = new();
    private readonly JobIdMaker _ids;

    public SqliteStoreTests() => _ids = new JobIdMaker(_time, Draws.Seeded(3));

    private string File => Path.Combine(_directory, "meanwhile.db");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_was_written_is_there_after_closing_and_opening()
    {
        var spec = Spec();
        Guid incarnation;
        await using (var store = await OpenAsync())
        {
            incarnation = store.Reader.Incarnation;
            await store.Jobs.SubmitAsync([spec], default);
        }

        await using var again = await OpenAsync();

        Assert.Equal(Texts.Of(spec), Texts.Of((await again.Reader.GetAsync([spec.Id], default))[0]!.Spec));
        Assert.Equal(incarnation, again.Reader.Incarnation);
        Assert.Equal(new Submission.Accepted(2), (await again.Jobs.SubmitAsync([Spec()], default))[0]);
    }

    [Fact]
    public async Task What_was_answered_is_in_the_files_at_that_moment()
    {
        await using var store = await OpenAsync();
        var node = (await store.Nodes.RegisterAsync(new NodeRegistration("n", "h", 1, "1"), default)).Node;
        var (ended, running, waiting) = (Spec(), Spec(), Spec());
        await store.Jobs.SubmitAsync([ended, running, waiting], default);
        var claimed = (ClaimResult.Claimed)await store.Jobs.ClaimAsync(new ClaimRequest { Node = node, Max = 2 }, default);
        await store.Jobs.FinishAsync([new AttemptEnd(claimed.Jobs[0].Fence, Guid.Empty, new AttemptOutcome.Succeeded(new ResultManifest()))], default);
        using var copy = new CopiedDirectory(_directory); // as a kill at this moment would leave them

        await using var after = await SqliteStore.OpenAsync(copy.Path, _time, Draws.Seeded(9));
        var next = await after.Nodes.RegisterAsync(new NodeRegistration("n", "h", 2, "1"), default);

        Assert.Equal([running.Id], next.Rescued);
        Assert.Equal(
            [JobStatus.Succeeded, JobStatus.Pending, JobStatus.Pending],
            (await after.Reader.GetAsync([ended.Id, running.Id, waiting.Id], default)).Select(job => job!.State.Status));
        Assert.Equal([new StatusCount(JobStatus.Pending, 2), new StatusCount(JobStatus.Succeeded, 1)], await after.Reader.CountAsync("p", default));
    }

    [Fact]
    public async Task Event_numbers_go_on_after_opening_also_when_all_events_were_dropped()
    {
        Events.EventCursor end;
        await using (var store = await OpenAsync())
        {
            await store.Jobs.SubmitAsync([Spec(), Spec()], default);
            end = await store.Events.EndAsync(default);
            _time.Advance(TimeSpan.FromDays(9));
            await store.Jobs.RetainAsync(new RetentionRequest(TimeSpan.FromDays(90), TimeSpan.FromDays(8), 100), default);
        }

        await using var again = await OpenAsync();

        Assert.Equal(end, await again.Events.EndAsync(default));
    }

    [Fact]
    public async Task A_second_opener_is_told_who_holds_the_directory()
    {
        await using var store = await OpenAsync();
        var unnamed = await Assert.ThrowsAsync<StoreUnusableException>(async () => await OpenAsync());
        store.DescribeServer("http://127.0.0.1:8080", 4711, 3);

        var named = await Assert.ThrowsAsync<StoreUnusableException>(async () => await OpenAsync());

        Assert.Contains("another server", unnamed.Message, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:8080 (process 4711)", named.Message, StringComparison.Ordinal);
        Assert.Equal(0, new FileInfo(Path.Combine(_directory, "lock")).Length);
    }

    [Fact]
    public async Task The_directory_is_free_again_after_closing()
    {
        await (await OpenAsync()).DisposeAsync();

        await using var again = await OpenAsync();

        Assert.NotEqual(Guid.Empty, again.Reader.Incarnation);
    }

    [Theory]
    [InlineData("this is no database, however long it goes on and on and on, and on, and on, and on, until the header is full")]
    [InlineData("short")]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_is(string content)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        System.IO.File.WriteAllBytes(File, bytes);

        await Assert.ThrowsAsync<StoreUnusableException>(async () => await OpenAsync());

        Assert.Equal(bytes, System.IO.File.ReadAllBytes(File));
        Assert.Equal(["lock", "meanwhile.db"], Directory.GetFiles(_directory).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_database_of_another_program_is_refused_and_left_as_it_is()
    {
        Make("create table theirs (a); insert into theirs values (1)");
        var before = System.IO.File.ReadAllBytes(File);

        var error = await Assert.ThrowsAsync<StoreUnusableException>(async () => await OpenAsync());

        Assert.Contains("another program", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
    }

    [Fact]
    public async Task A_newer_schema_is_refused_and_left_as_it_is()
    {
        await (await OpenAsync()).DisposeAsync();
        Make("pragma user_version = 99");
        var before = System.IO.File.ReadAllBytes(File);

        var error = await Assert.ThrowsAsync<StoreUnusableException>(async () => await OpenAsync());

        Assert.Contains("schema 99", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
    }

    [Fact]
    public async Task A_damaged_page_is_reported_as_damage()
    {
        await using (var store = await OpenAsync()) await store.Jobs.SubmitAsync([.. Enumerable.Range(0, 500).Select(_ => Spec())], default);
        var bytes = System.IO.File.ReadAllBytes(File);
        bytes.AsSpan(4_096).Fill(0xAB);
        System.IO.File.WriteAllBytes(File, bytes);

        var error = await Assert.ThrowsAsync<StoreUnusableException>(async () =>
        {
            await using var store = await OpenAsync();
            await store.Reader.ListAsync(new JobFilter { Project = "p" }, null, 10, default);
        });

        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_item_that_fails_does_not_take_the_others_of_its_group_with_it()
    {
        await using var store = await OpenAsync();
        var specs = Enumerable.Range(0, 200).Select(i => i % 10 == 0 ? Spec() with { Params = null! } : Spec() with { Statement = "select 1" }).ToList();

        var submissions = specs.Select(spec => Task.Run(async () => await store.Jobs.SubmitAsync([spec], default))).ToList();

        for (var i = 0; i < specs.Count; i++)
        {
            if (i % 10 == 0) await Assert.ThrowsAnyAsync<Exception>(() => submissions[i]);
            else Assert.IsType<Submission.Accepted>((await submissions[i])[0]);
        }

        Assert.Equal([new StatusCount(JobStatus.Pending, 180)], await store.Reader.CountAsync("p", default));
        var last = Assert.IsType<Submission.Accepted>((await store.Jobs.SubmitAsync([Spec()], default))[0]);
        Assert.Equal(181, last.Sequence);
    }

    [Fact]
    public async Task A_full_disk_refuses_writes_as_unavailable_and_keeps_reading()
    {
        await using var store = await OpenAsync();
        var spec = Spec();
        await store.Jobs.SubmitAsync([spec], default);
        store.LimitPages(64);

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Jobs.SubmitAsync([Spec() with { Params = new string('x', 1 << 20) }], default));

        Assert.NotNull((await store.Reader.GetAsync([spec.Id], default))[0]);
        store.LimitPages(int.MaxValue);
        Assert.Equal(new Submission.Accepted(2), (await store.Jobs.SubmitAsync([Spec()], default))[0]);
    }

    [Fact]
    public async Task A_closed_store_is_unavailable()
    {
        var store = await OpenAsync();
        await store.DisposeAsync();

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Jobs.SubmitAsync([Spec()], default));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Reader.GetAsync([_ids.Next()], default));
    }

    [Fact]
    public async Task A_watcher_hears_of_a_change_that_another_call_commits()
    {
        await using var store = await OpenAsync();
        await using var watch = store.Registry.WatchAsync(0, default).GetAsyncEnumerator();
        var next = watch.MoveNextAsync();

        await store.Registry.PutAsync(new DocumentKey("source", "p", "x"), "{}", null, default);

        Assert.True(await next);
        Assert.Equal("x", watch.Current.Key.Name);
    }

    private ValueTask<SqliteStore> OpenAsync() => SqliteStore.OpenAsync(_directory, _time, Draws.Seeded(1));

    private JobSpec Spec() => new() { Id = _ids.Next(), Project = "p", SubmittedBy = "k", Tool = "t", Source = "s", CreatedAt = _time.GetUtcNow(), RunAt = _time.GetUtcNow() };

    private void Make(string sql)
    {
        using var connection = Connection.Open(File, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        connection.Execute(sql);
    }

    private sealed class CopiedDirectory : IDisposable
    {
        public CopiedDirectory(string from)
        {
            foreach (var file in Directory.GetFiles(from, "meanwhile.db*"))
            {
                System.IO.File.Copy(file, System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file)));
            }
        }

        public string Path { get; } = Directory.CreateTempSubdirectory("copy").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
