using Meanwhile.Postgres.Store;
using Meanwhile.Settings;

namespace Meanwhile.Benchmarks;

/// <summary>Several engines of this process, nodes of one store on PostgreSQL.</summary>
internal sealed class BenchNodes(IReadOnlyList<Bench> nodes) : IAsyncDisposable
{
    public IReadOnlyList<Bench> All => nodes;

    public Bench First => nodes[0];

    /// <param name="options">What is to be different about the node of a number, from 0.</param>
    public static async Task<BenchNodes> StartAsync(int count, string postgres, Action<int, EngineOptions>? options = null, Func<PostgresStoreOptions, PostgresStoreOptions>? store = null)
    {
        List<Bench> nodes = [];
        for (var i = 0; i < count; i++)
        {
            var number = i;
            nodes.Add(await Bench.StartAsync(
                engine =>
                {
                    engine.Node = $"node{number}";
                    options?.Invoke(number, engine);
                },
                postgres,
                store));
        }

        return new BenchNodes(nodes);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes) await node.DisposeAsync();
    }
}
