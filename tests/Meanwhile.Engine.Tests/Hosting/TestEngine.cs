using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Blobs;
using Meanwhile.Jobs;
using Meanwhile.Settings;
using Meanwhile.Sources;
using Meanwhile.Stores;
using Meanwhile.Testing.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Meanwhile.Hosting;

/// <summary>A whole engine on the model store and in-memory blobs, with a source that tests script.</summary>
internal sealed class TestEngine : IAsyncDisposable
{
    public static readonly Caller Admin = new() { Project = "default", Principal = "admin", Role = Role.Admin, IsInstanceAdmin = true };

    private readonly ServiceProvider _services;

    private TestEngine(ServiceProvider services, ModelStore store, ModelBlobStore blobs, ScriptedSource source)
    {
        (_services, Store, Blobs, Source) = (services, store, blobs, source);
        Host = services.GetRequiredService<MeanwhileHost>();
    }

    public MeanwhileHost Host { get; }

    public ModelStore Store { get; }

    public ModelBlobStore Blobs { get; }

    public ScriptedSource Source { get; }

    public IJobs Jobs => Host.As(Admin);

    public IAdministration Administration => Host.AdministrationAs(Admin);

    /// <summary>Starts an engine.</summary>
    /// <param name="store">One to go on with, as after a restart; null = a new one.</param>
    public static async Task<TestEngine> StartAsync(
        Action<MeanwhileBuilder>? configure = null, ModelStore? store = null, ModelBlobStore? blobs = null, ScriptedSource? source = null, TimeProvider? time = null, IStoreOpener? opener = null, IBlobStore? blobsInUse = null)
    {
        var clock = time ?? TimeProvider.System;
        store ??= new ModelStore(clock, Random.Shared.NextBytes);
        blobs ??= new ModelBlobStore();
        source ??= new ScriptedSource();
        var services = new ServiceCollection();
        services.AddSingleton(clock);
        services.AddSingleton(opener ?? new ModelStoreOpener(store));
        services.AddSingleton(blobsInUse ?? blobs);
        services.AddSingleton<ISourceFactory>(source);
        services.AddMeanwhile(builder =>
        {
            builder.AddSource(new SourceDefinition("", "db", ScriptedSource.TypeName, JsonDocument.Parse("{}").RootElement, new SourceOptions()));
            builder.Configure(options => options.ShutdownGrace = TimeSpan.Zero);
            configure?.Invoke(builder);
        });
        var engine = new TestEngine(services.BuildServiceProvider(), store, blobs, source);
        await engine.Host.StartAsync(default);
        return engine;
    }

    /// <summary>A query for the scripted source.</summary>
    public static JobRequest Query(string sql, string source = "db") => new()
    {
        Tool = "query",
        Source = source,
        Params = JsonDocument.Parse($$"""{"sql": "{{sql}}"}""").RootElement,
    };

    /// <summary>Submits, and returns the job once it has ended.</summary>
    public async Task<Job> RunAsync(JobRequest request)
    {
        var accepted = await Jobs.SubmitAsync(request, default);
        return await EndedAsync(accepted.Job.Id);
    }

    /// <summary>The job once it has ended.</summary>
    public async Task<Job> EndedAsync(JobId id)
    {
        var job = await Jobs.WaitAsync(id.ToString(), null, TimeSpan.FromSeconds(30), default);
        Assert.True(job.Status.IsFinal, $"The job is still {job.Status.Word}.");
        return job;
    }

    /// <summary>The job once it fulfils a condition.</summary>
    public async Task<Job> UntilAsync(JobId id, Func<Job, bool> isMet)
    {
        var job = await Jobs.GetAsync(id.ToString(), default);
        var deadline = DateTimeOffset.UtcNow.AddSeconds(20);
        while (!isMet(job))
        {
            Assert.True(DateTimeOffset.UtcNow < deadline, $"The job did not get there; it is {job.Status.Word}, {job.Record.State}.");
            job = await Jobs.WaitAsync(id.ToString(), job.ETag, TimeSpan.FromSeconds(1), default);
        }

        return job;
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await _services.DisposeAsync();
    }
}

/// <summary>Gives the engine a model store.</summary>
internal sealed class ModelStoreOpener(ModelStore store) : IStoreOpener
{
    public ValueTask<StorePorts> OpenAsync(CancellationToken cancellationToken) => new(new StorePorts
    {
        Jobs = store,
        Reader = store,
        Events = store,
        Nodes = store,
        Registry = store,
        Audit = store,
    });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
