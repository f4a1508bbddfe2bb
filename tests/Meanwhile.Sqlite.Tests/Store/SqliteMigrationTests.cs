using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store;
using Meanwhile.Stores;
using Meanwhile.Testing.Stores;
using Meanwhile.Testing.Time;
using SQLitePCL;

namespace Meanwhile.Sqlite.Tests.Store;

public sealed class SqliteMigrationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("store").FullName;
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_store_of_the_schema_before_counts_the_results_that_it_has()
    {
        long used;
        await using (var store = await OpenAsync())
        {
            var ids = new JobIdMaker(_time, Draws.Seeded(3));
            foreach (var project in (string[])["p", "q"]) await store.Jobs.SubmitAsync([.. Enumerable.Range(0, 3).Select(_ => Spec(ids.Next(), project))], default);
            var node = (await store.Nodes.RegisterAsync(new NodeRegistration("n", "h", 1, "1"), default)).Node;
            var claimed = (ClaimResult.Claimed)await store.Jobs.ClaimAsync(new ClaimRequest { Node = node, Max = 5 }, default);
            await store.Jobs.FinishAsync([.. claimed.Jobs.Select((job, i) => new AttemptEnd(job.Fence, ids.Next().Value, new AttemptOutcome.Succeeded(Manifest(job.Fence, i))))], default);
            used = (await store.Usage.ReadAsync("p", null, default)).ResultBytes;
        }

        GoBackToTheSecondSchema();
        await using var migrated = await OpenAsync();

        Assert.True(used > 0);
        Assert.Equal(used, (await migrated.Usage.ReadAsync("p", null, default)).ResultBytes);
        Assert.NotEqual(0, (await migrated.Usage.ReadAsync("q", null, default)).ResultBytes);
    }

    private ValueTask<SqliteStore> OpenAsync() => SqliteStore.OpenAsync(_directory, _time, Draws.Seeded(1));

    private void GoBackToTheSecondSchema()
    {
        using var connection = Connection.Open(Path.Combine(_directory, "meanwhile.db"), raw.SQLITE_OPEN_READWRITE);
        connection.Execute("drop table usage; alter table project drop column result_bytes; alter table node drop column tools; pragma user_version = 2");
    }

    private JobSpec Spec(JobId id, string project) => new() { Id = id, Project = project, SubmittedBy = "k", Tool = "t", CreatedAt = _time.GetUtcNow(), RunAt = _time.GetUtcNow() };

    /// <summary>Partitions, rows inline of each length that base64 pads differently, both, or none.</summary>
    private static ResultManifest Manifest(AttemptFence fence, int number) => new()
    {
        Attempt = fence.Attempt,
        Fence = fence.Fence,
        Object = "o",
        Statements =
        [
            new StatementResult { Columns = [], Inline = number == 0 ? null : new byte[number] },
            new StatementResult
            {
                Columns = [new ResultColumn { Name = "n" }],
                Partitions = [.. Enumerable.Range(0, number % 3).Select(i => new ResultPartition { Offset = 0, Length = 100 + i, DecodedLength = 200, FirstRow = 0, Rows = 1, Checksum = 1 })],
            },
        ],
    };
}
