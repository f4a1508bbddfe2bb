using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Blobs;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Settings;
using Meanwhile.Sources;
using Meanwhile.Stores;
using Meanwhile.Testing.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Hosting;

/// <summary>A whole engine on the model store and in-memory blobs, with a source that tests script.</summary>
internal sealed class TestEngine : IAsyncDisposable
{
    public static readonly Caller Admin = new() { Project = "default", Principal = "admin", Role = Role.Admin, IsInstanceAdmin = true };

    private readonly ServiceProvider _services;
    private readonly CapturedLog _log;

    private TestEngine(ServiceProvider services, ModelStore store, ModelBlobStore blobs, ScriptedSource source, FaultyStore faults, CapturedLog log)
    {
        (_services, Store, Blobs, Source, Faults, _log) = (services, store, blobs, source, faults, log);
        Host = services.GetRequiredService<MeanwhileHost>();
    }

    public MeanwhileHost Host { get; }

    public ModelStore Store { get; }

    public ModelBlobStore Blobs { get; }

    public ScriptedSource Source { get; }

    /// <summary>What stands between the engine and its store.</summary>
    public FaultyStore Faults { get; }

    /// <summary>Everything that was logged.</summary>
    public string Log => _log.Text;

    /// <summary>Returns once a text was logged.</summary>
    public Task LoggedAsync(string text) => WithinAsync(_log.SaidAsync(text));

    public IJobs Jobs => Host.As(Admin);

    public IAdministration Administration => Host.AdministrationAs(Admin);

    /// <summary>A submitter of a project.</summary>
    public static Caller Submitter(string project = "default", string principal = "sub") => new() { Project = project, Principal = principal };

    /// <summary>Starts an engine.</summary>
    /// <param name="store">One to go on with, as after a restart; null = a new one.</param>
    public static async Task<TestEngine> StartAsync(
        Action<MeanwhileBuilder>? configure = null, ModelStore? store = null, ModelBlobStore? blobs = null, ScriptedSource? source = null, TimeProvider? time = null, IStoreOpener? opener = null, IBlobStore? blobsInUse = null)
    {
        var engine = Make(configure, store, blobs, source, time, opener, blobsInUse);
        await engine.Host.StartAsync(default);
        return engine;
    }

    /// <summary>Makes an engine that has not started.</summary>
    public static TestEngine Make(
        Action<MeanwhileBuilder>? configure = null, ModelStore? store = null, ModelBlobStore? blobs = null, ScriptedSource? source = null, TimeProvider? time = null, IStoreOpener? opener = null, IBlobStore? blobsInUse = null)
    {
        var clock = time ?? TimeProvider.System;
        store ??= new ModelStore(clock, Random.Shared.NextBytes);
        blobs ??= new ModelBlobStore();
        source ??= new ScriptedSource();
        var faults = new FaultyStore(ModelStoreOpener.Ports(store));
        var log = new CapturedLog();
        var services = new ServiceCollection();
        services.AddSingleton(clock);
        services.AddSingleton(opener ?? new ModelStoreOpener(faults));
        services.AddSingleton(blobsInUse ?? blobs);
        services.AddSingleton<ISourceFactory>(source);
        services.AddSingleton<ILoggerFactory>(log);
        services.AddMeanwhile(builder =>
        {
            builder.AddSource(new SourceDefinition("", "db", ScriptedSource.TypeName, JsonDocument.Parse("{}").RootElement, new SourceOptions()));
            builder.Configure(options => options.ShutdownGrace = TimeSpan.Zero);
            configure?.Invoke(builder);
        });
        return new TestEngine(services.BuildServiceProvider(), store, blobs, source, faults, log);
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

        if (job.Status == JobStatus.Running && job.Record.Spec is { Source: not null, Statement: { } sql }) await Source.StartedAsync(sql);
        return job;
    }

    /// <summary>The refusal that a call ends in.</summary>
    public static async Task<Problem> RefusedAsync(Func<Task> call) => (await Assert.ThrowsAsync<ProblemException>(call)).Problem;

    /// <summary>The refusal that a call ends in.</summary>
    public static async Task<Problem> RefusedAsync<T>(Func<ValueTask<T>> call) => (await Assert.ThrowsAsync<ProblemException>(async () => await call())).Problem;

    /// <summary>Returns once a signal came, or fails.</summary>
    public static Task WithinAsync(Task signal) => signal.WaitAsync(TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await _services.DisposeAsync();
    }
}

/// <summary>Gives the engine a model store, through something that can misbehave.</summary>
internal sealed class ModelStoreOpener(FaultyStore store) : IStoreOpener
{
    public static StorePorts Ports(ModelStore store) => new() { Jobs = store, Reader = store, Events = store, Nodes = store, Registry = store, Audit = store, Usage = store };

    public int Closings { get; private set; }

    public ValueTask<StorePorts> OpenAsync(CancellationToken cancellationToken) => new(store.Ports);

    public ValueTask CloseAsync()
    {
        Closings++;
        return ValueTask.CompletedTask;
    }
}
