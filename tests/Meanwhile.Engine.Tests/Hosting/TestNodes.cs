using Meanwhile.Blobs;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Sources;
using Meanwhile.Testing.Stores;

namespace Meanwhile.Hosting;

/// <summary>Several engines on one shared store and one source that any node can end statements of, each engine a node by its name.</summary>
internal sealed class TestNodes : IAsyncDisposable
{
    private readonly List<TestEngine> _engines = [];

    public ModelStore Store { get; } = new(TimeProvider.System, Random.Shared.NextBytes, isShared: true);

    public ModelBlobStore Blobs { get; } = new();

    public ScriptedSource Source { get; } = new() { Capabilities = new SourceCapabilities { EndsFromAnyNode = true } };

    /// <summary>Starts a node.</summary>
    public async Task<TestEngine> StartAsync(string name, Action<MeanwhileBuilder>? configure = null)
    {
        var engine = await TestEngine.StartAsync(
            builder =>
            {
                builder.Configure(options => (options.Node, options.WatchEvery, options.BeatEvery) = (name, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20)));
                builder.Configure(options => (options.SilenceUntilDead, options.CancelAnswerWithin) = (TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(100)));
                configure?.Invoke(builder);
            },
            Store,
            Blobs,
            Source);
        _engines.Add(engine);
        return engine;
    }

    /// <summary>From now on the store does not hear a node: it keeps what it runs, and others find it silent.</summary>
    public static void Silence(TestEngine engine) => engine.Faults.GoAway();

    /// <summary>Submits a query by a node and returns it once it runs there, as the only node that claims.</summary>
    public static async Task<Job> RunningAsync(TestEngine engine, string sql)
    {
        var job = (await engine.Jobs.SubmitAsync(TestEngine.Query(sql), default)).Job;
        return await engine.UntilAsync(job.Id, seen => seen.Status == JobStatus.Running);
    }

    public async ValueTask DisposeAsync()
    {
        Source.ReleaseAll();
        foreach (var engine in _engines)
        {
            engine.Faults.Return();
            await engine.DisposeAsync();
        }
    }
}
