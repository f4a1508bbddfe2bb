using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store;
using Meanwhile.Postgres.Store.Opening;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Results;
using Meanwhile.Stores;
using Meanwhile.Testing.Stores;

namespace Meanwhile.Postgres.Tests.Store.Concurrency;

/// <summary>Several nodes on one store: each its own pool and memory, as processes have.</summary>
internal sealed class NodesOnOneStore : IAsyncDisposable
{
    private readonly JobIdMaker _ids = new(TimeProvider.System, Draws.Seeded(5));

    private NodesOnOneStore(IReadOnlyList<(PostgresStore Store, NodeEpoch Node)> all) => All = all;

    /// <summary>Each node with its store.</summary>
    public IReadOnlyList<(PostgresStore Store, NodeEpoch Node)> All { get; }

    /// <summary>The first.</summary>
    public PostgresStore Store => All[0].Store;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Opens so many.</summary>
    public static async Task<NodesOnOneStore> OpenAsync(SharedCluster shared, int count, Func<int, string>? connection = null, PostgresStoreOptions? options = null)
    {
        options ??= new PostgresStoreOptions { Schema = PostgresStores.NewSchema() };
        List<(PostgresStore, NodeEpoch)> all = [];
        for (var i = 0; i < count; i++)
        {
            var store = await PostgresStores.OpenAsync(connection?.Invoke(i) ?? await PostgresStores.ConnectionStringAsync(shared), options);
            all.Add((store, (await store.Nodes.RegisterAsync(new NodeRegistration($"n{i}", "host", i, "1"), Token)).Node));
        }

        return new NodesOnOneStore(all);
    }

    /// <summary>A small job, due now.</summary>
    public JobSpec Spec(string project = "p")
    {
        var now = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        return new JobSpec { Id = _ids.Next(), Project = project, SubmittedBy = "k", Tool = "t", CreatedAt = now, RunAt = now };
    }

    /// <summary>A new id.</summary>
    public Guid NewId() => _ids.Next().Value;

    /// <summary>A good ending.</summary>
    public AttemptEnd End(AttemptFence fence) => new(fence, NewId(), new AttemptOutcome.Succeeded(new ResultManifest { Attempt = fence.Attempt, Fence = fence.Fence }));

    /// <summary>Claims for a node.</summary>
    public static async Task<IReadOnlyList<ClaimedJob>> ClaimAsync((PostgresStore Store, NodeEpoch Node) node, int max, IReadOnlyDictionary<string, int>? limits = null) =>
        await node.Store.Jobs.ClaimAsync(new ClaimRequest { Node = node.Node, Max = max, SourceLimitDefault = int.MaxValue, Limits = limits ?? new Dictionary<string, int>() }, Token) is ClaimResult.Claimed claimed ? claimed.Jobs : [];

    public async ValueTask DisposeAsync()
    {
        foreach (var (store, _) in All) await store.DisposeAsync();
    }
}
