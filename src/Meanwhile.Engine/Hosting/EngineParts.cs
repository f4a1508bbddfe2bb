using System.Security.Cryptography;
using Meanwhile.Access;
using Meanwhile.Blobs;
using Meanwhile.Callbacks;
using Meanwhile.Diagnostics;
using Meanwhile.Dispatch;
using Meanwhile.Events;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Limits;
using Meanwhile.Nodes;
using Meanwhile.Offloading;
using Meanwhile.Problems;
using Meanwhile.Quotas;
using Meanwhile.Registry;
using Meanwhile.Results;
using Meanwhile.Retention;
using Meanwhile.Settings;
using Meanwhile.Sources;
using Meanwhile.Stores;
using Meanwhile.Tools;
using Meanwhile.Workers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Meanwhile.Hosting;

/// <summary>Puts the engine together around an opened store: the one place where every part is made.</summary>
internal sealed class EngineParts : IToolMaker, IAsyncDisposable
{
    private readonly IJobStore _store;
    private readonly StorePatience _patience;
    private readonly List<IDisposable> _owned = [];
    private readonly WorkerLogs _logs;

    private EngineParts(IServiceProvider services, MeanwhileBuilder builder, StorePorts ports)
    {
        var options = builder.Options;
        var time = ports.Time ?? services.GetRequiredService<TimeProvider>();
        var chance = services.GetRequiredService<Chance>();
        var loggers = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;
        var offload = services.GetRequiredService<IWorkOffload>();
        var blobs = services.GetService<IBlobStore>() ?? ports.Blobs ?? InDirectory(ports, options, time, offload);

        _store = ports.Jobs;
        _patience = new StorePatience(time, loggers.CreateLogger<StorePatience>());
        var stop = Own(new EngineStop());
        var ids = new JobIdMaker(time, chance.Fill);
        var shortIds = new ShortIds(ports.Reader.ShortIdKey.Span);
        var tags = new StatementTags(shortIds);
        var changes = new JobChanges();
        var herald = new NodeHerald(ports.Nodes, changes, _patience, time);

        Registry = new RegistryCache(ports.Registry, time, loggers.CreateLogger<RegistryCache>());
        var sources = new SourceCatalog(Registry, services.GetServices<ISourceFactory>(), builder.Shared);
        var limits = new LimitTable(Registry, sources);
        Tokens = new CallbackTokens(Registry, RandomNumberGenerator.Fill);
        Address = new CallbackAddress(options);
        CallsEndpoints = builder.Declared.Any(tool => tool.Kind == ToolKind.Http);
        var endpoints = CallsEndpoints
            ? new EndpointServices(services.GetService<IEndpointCaller>() ?? throw NoCaller(), Tokens, Address, ports.Jobs, ports.Reader, _patience, changes, shortIds, time)
            : null;
        var tools = new ToolCatalog([
            new QueryTool(sources, blobs, offload, ports.Jobs, _patience, tags, new EarlierAttempts(tags, time), options),
            .. services.GetServices<ToolRegistration>().Select(registration => registration.Make(services, this)),
            .. builder.Declared.Select(tool => Declared(tool, endpoints)),
        ], Registry);

        var board = new ProgressBoard(ports.Jobs, changes, time, loggers.CreateLogger<ProgressBoard>());
        var node = Node = new NodeLife(ports.Nodes, _patience, time, options, Registration(options), loggers.CreateLogger<NodeLife>());
        var supervisor = new AttemptSupervisor(ports.Jobs, changes, _patience, time, chance.Fraction, options, loggers.CreateLogger<AttemptSupervisor>());
        var finisher = Own(new Finisher(ports.Jobs, changes, _patience));
        var claimer = new Claimer(ports.Jobs, ports.Reader, _patience, board, tools, sources, limits, options);
        var dispatcher = new Dispatcher(
            claimer, node, new AttemptFactory(blobs), supervisor, finisher, board, tools, sources, limits, changes, _patience, time, () => ids.Next().Value, options, loggers.CreateLogger<Dispatcher>());
        var cancels = new CancelWatch(ports.Jobs, ports.Reader, node, dispatcher, changes, herald);
        var unanswered = new UnansweredCancels(
            ports.Jobs, ports.Reader, sources, tags, dispatcher, changes, () => ids.Next().Value, time, options, loggers.CreateLogger<UnansweredCancels>());
        var watch = new NodeWatch(ports.Nodes, node, herald, changes, time, options, loggers.CreateLogger<NodeWatch>());
        var collector = new Collector(blobs, ports.Reader, loggers.CreateLogger<Collector>());
        var retainer = new Retainer(ports.Jobs, collector, changes, options);
        var presence = new WorkerPresence(ports.Nodes, time);
        var census = Census = new NodeCensus(ports.Nodes);
        var specs = new SpecMaker(tools, sources, ids, time, options);
        var intake = new Intake(ports.Enqueued, ports.Jobs, specs, changes, dispatcher, time, loggers.CreateLogger<Intake>());
        Engine = new Engine(Registry, sources, node, watch, herald, services.GetRequiredService<IPulse>(), dispatcher, intake, cancels, unanswered, board, retainer, census, _patience, stop, options);

        var audit = new AuditTrail(ports.Audit, ids, time);
        var projects = new Projects(Registry, audit);
        var keys = new Keys(Registry, new KeyCheck(Registry, sources, time), audit, time, RandomNumberGenerator.Fill);
        FirstKey = new FirstKey(Registry, keys, projects, audit, options, RandomNumberGenerator.Fill);
        Authentication = new Authentication(Registry, projects, audit, time);

        var lookup = new JobLookup(ports.Reader, shortIds, dispatcher, intake);
        var views = Own(new JobViews(ports.Reader, shortIds, dispatcher, tools, presence, time));
        var submitter = Own(new Submitter(ports.Jobs, ports.Reader, ports.Usage, new OutageLog(time, loggers.CreateLogger<OutageLog>()), options));
        Jobs = new JobServices(
            new Submissions(specs, submitter, new QuotaTable(Registry), lookup, views, sources, dispatcher, herald, changes, ids, time),
            new JobReading(lookup, views, ports.Reader, changes, time, stop),
            new Cancellation(lookup, views, cancels, ports.Reader, audit),
            new ResultAccess(lookup, new ResultReader(blobs), blobs),
            new EventAccess(lookup, ports.Reader, ports.Events, changes, shortIds, time, stop));
        var sightings = new WorkerSightings(time);
        _logs = new WorkerLogs(blobs);
        var attempts = new WorkerAttempts(ports.Jobs, ports.Reader, _logs, changes);
        Func<Guid> finishIds = () => ids.Next().Value;
        var lives = new WorkerLives(ports.Nodes, presence, sightings, tools, options, loggers.CreateLogger<WorkerLives>());
        var finishes = new WorkerFinishes(ports.Jobs, attempts, new AttemptFactory(blobs), _logs, blobs, offload, changes, dispatcher, time, chance.Fraction, options);
        Workers = new WorkerServices(
            lives,
            new WorkerClaims(ports.Jobs, lives, sightings, tools, sources, limits, shortIds, changes, stop, time, finishIds, options),
            new WorkerBeats(ports.Nodes, ports.Jobs, ports.Reader, sightings, changes, time, finishIds, options),
            attempts,
            finishes);
        Callbacks = new CallbackIntake(Tokens, ports.Jobs, ports.Reader, finishes, time);
        Administration = new AdministrationServices(
            projects,
            keys,
            new SourceAdmin(Registry, sources, audit, time, options, builder.Rules),
            new ToolAdmin(Registry, tools, presence, audit),
            new LimitAdmin(Registry, sources, tools, audit),
            new QuotaAdmin(Registry, ports.Usage, audit),
            audit,
            new Statistics(ports.Reader, blobs, dispatcher, time, options),
            new NodeAdmin(ports.Nodes, audit));
    }

    public Engine Engine { get; }

    public NodeLife Node { get; }

    public NodeCensus Census { get; }

    public RegistryCache Registry { get; }

    public FirstKey FirstKey { get; }

    public Authentication Authentication { get; }

    public JobServices Jobs { get; }

    public AdministrationServices Administration { get; }

    public WorkerServices Workers { get; }

    public CallbackIntake Callbacks { get; }

    public CallbackTokens Tokens { get; }

    public CallbackAddress Address { get; }

    /// <summary>Whether there are tools that call endpoints.</summary>
    public bool CallsEndpoints { get; }

    /// <summary>Makes every part; nothing runs yet.</summary>
    public static EngineParts Make(IServiceProvider services, MeanwhileBuilder builder, StorePorts ports) => new(services, builder, ports);

    /// <inheritdoc/>
    public IToolRunner Typed<TParams, TResult>(ITool<TParams, TResult> tool) => new TypedTool<TParams, TResult>(tool, _store, _patience);

    private static InvalidOperationException NoCaller() => new("A tool of kind http is declared, but nothing can call endpoints: register an IEndpointCaller, or call AddMeanwhileServer().");

    private static IToolRunner Declared(ToolDefinition definition, EndpointServices? endpoints)
    {
        var errors = ToolDefinitionCheck.Errors(definition);
        if (errors.Count == 0) return definition.Kind == ToolKind.Http ? new EndpointTool(definition, endpoints!) : new WorkerTool(definition);
        throw new ProblemException(new Problem { Code = ProblemCodes.InvalidRequest, Detail = $"Tool '{definition.Descriptor.Name}' of the configuration can't be used: {FieldErrors.Detail(errors)}", Errors = errors });
    }

    private static NodeRegistration Registration(EngineOptions options) => new(
        options.Node, Environment.MachineName, Environment.ProcessId, typeof(EngineParts).Assembly.GetName().Version?.ToString(3) ?? "0", options.Roles);

    private static DirectoryBlobStore InDirectory(StorePorts ports, EngineOptions options, TimeProvider time, IWorkOffload offload) => new(
        ports.BlobDirectory ?? throw new InvalidOperationException("No place for results is registered: register an IBlobStore, or use a store that has one."),
        new DirectoryBlobOptions { MinFreeBytes = options.MinFreeBytes },
        time,
        offload);

    private T Own<T>(T part)
        where T : IDisposable
    {
        _owned.Add(part);
        return part;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await _logs.DisposeAsync();
        foreach (var part in _owned) part.Dispose();
    }
}
