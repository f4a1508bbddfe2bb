using Meanwhile.Blobs;
using Meanwhile.Events;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Blobs;
using Meanwhile.Postgres.Store.Claims;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Enqueuing;
using Meanwhile.Postgres.Store.Events;
using Meanwhile.Postgres.Store.Jobs;
using Meanwhile.Postgres.Store.Lists;
using Meanwhile.Postgres.Store.Names;
using Meanwhile.Postgres.Store.Nodes;
using Meanwhile.Postgres.Store.Partitions;
using Meanwhile.Postgres.Store.Queues;
using Meanwhile.Postgres.Store.Registry;
using Meanwhile.Postgres.Store.Reports;
using Meanwhile.Postgres.Store.Retention;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Postgres.Store.Submitting;
using Meanwhile.Postgres.Store.Usages;
using Meanwhile.Postgres.Store.Writing;
using Meanwhile.Registry;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Opening;

/// <summary>Every store port in one schema of a PostgreSQL database, shared by any number of nodes.</summary>
/// <remarks>What is answered as applied is on stable storage. Nothing of a session is used, so pgbouncer in transaction mode may stand in between. Safe for concurrent use.</remarks>
public sealed class PostgresStore : IAsyncDisposable
{
    private readonly Database _database;
    private readonly BeatConnection _beats;
    private readonly PostgresUsage _usage;
    private readonly Claimer _claimer;

    private PostgresStore(Database database, StoreIdentity identity, StoreClock clock, PartitionTable partitions, PostgresStoreOptions options)
    {
        _database = database;
        ClusterIsKnown = identity.ClusterIsKnown;
        var (queues, newJobs, running, nodes, projects) = (new WaitingQueues(), new NewJobs(clock.Time), new RunningJobs(), new NodeIds(database), new ProjectNames(database));
        var lanes = new LaneNames(database, projects);
        var writer = new JobWriter(database, clock, running, queues);
        var numbering = new Numbering(database, clock.Time);
        var counts = new RunningCounts(lanes);
        var scan = new QueueScan(database, clock, queues);
        var (due, taker) = (new DueReader(database, clock, lanes, queues, counts), new JobTaker(database, clock, counts, newJobs, running));
        _claimer = new Claimer(nodes, due, scan, new LookAhead(due, taker, lanes, queues, clock), taker);
        var submitter = new Submitter(database, projects, lanes, new StatementTexts(database, clock), queues, newJobs);
        Jobs = new PostgresJobStore(database, clock, writer, submitter, _claimer, new Reporter(writer), new Retainer(database, clock, partitions, new TableRewriter(database), numbering));
        _usage = new PostgresUsage(database, clock, projects, submitter);
        Reader = new PostgresJobReader(database, clock, new QueuePositions(database, clock, lanes, queues), identity.Incarnation, identity.ShortIdKey);
        Events = new PostgresEventReader(database, numbering, identity.Incarnation);
        _beats = new BeatConnection(database, clock);
        var registrySignal = new RegistrySignal();
        Nodes = new PostgresNodeStore(database, clock, nodes, writer, _beats, new Listener(database, scan, registrySignal, clock.Time));
        Enqueued = new EnqueuedRequests(database);
        Registry = new PostgresRegistry(database, clock, registrySignal, options.WatchEvery);
        Audit = new PostgresAuditLog(database);
        Time = new StoreTime(clock, clock.Time);
        Blobs = new PostgresBlobStore(database);
    }

    /// <summary>Changes jobs.</summary>
    public IJobStore Jobs { get; }

    /// <summary>Reads jobs.</summary>
    public IJobReader Reader { get; }

    /// <summary>Counts what is used.</summary>
    public IUsage Usage => _usage;

    /// <summary>Reads the feed.</summary>
    public IEventReader Events { get; }

    /// <summary>Knows which nodes live: registering one ends earlier epochs of its name alone.</summary>
    public INodeStore Nodes { get; }

    /// <summary>Submissions that others committed with transactions of their own.</summary>
    public IEnqueuedRequests Enqueued { get; }

    /// <summary>Keeps documents.</summary>
    public IRegistry Registry { get; }

    /// <summary>Keeps the audit log.</summary>
    public IAuditLog Audit { get; }

    /// <summary>Keeps results and logs.</summary>
    public IBlobStore Blobs { get; }

    /// <summary>The time by the database's clock, with the node's own monotonic time and timers.</summary>
    public TimeProvider Time { get; }

    /// <summary>Whether the incarnation knows the cluster and its timeline, so that a failover shows by itself. False when the role may not execute pg_control_system and pg_control_checkpoint.</summary>
    public bool ClusterIsKnown { get; }

    /// <summary>Ends when a connection led to another history of the store than the one that was opened. Nothing answers from then on: open it anew.</summary>
    public Task HistoryEnded => _database.History.Ended;

    /// <summary>Opens the store of a database, making or migrating it.</summary>
    /// <param name="connectionString">As Npgsql reads it.</param>
    /// <param name="time">The node's monotonic time; the database's decides due times.</param>
    /// <param name="draw">Fills a span with random bytes: a new store's incarnation and key of short ids.</param>
    /// <exception cref="StoreUnusableException">The server, its settings, the role's rights or the schema do not fit; nothing was touched.</exception>
    /// <exception cref="StoreUnavailableException">The database can't be reached, or not just now.</exception>
    public static ValueTask<PostgresStore> OpenAsync(
        string connectionString, TimeProvider time, Action<Span<byte>> draw, PostgresStoreOptions? options = null, CancellationToken cancellationToken = default) =>
        OpenAsync(connectionString, time, draw, options ?? new PostgresStoreOptions(), SchemaSql.Migrations, cancellationToken);

    /// <summary>Looks whether a node could start on a store, without touching it.</summary>
    internal static async ValueTask<string> CheckAsync(string connectionString, PostgresStoreOptions options, CancellationToken cancellationToken)
    {
        await using var database = await Connector.OpenAsync(connectionString, options, cancellationToken);
        var version = await new Migrator(database, static _ => { }, SchemaSql.Migrations).LookAsync(cancellationToken);
        if (version == 0) return $"There is no store in schema {options.Schema} yet; a server makes it.";
        await CheckRightsAsync(database, cancellationToken);
        var identity = await StoreIdentity.ReadAsync(database, cancellationToken);
        return identity.ClusterIsKnown
            ? $"A server can start on it (version {version})."
            : $"A server can start on it (version {version}). A failover does not show by itself, because this role may not ask which cluster this is: grant execute on function pg_control_system(), pg_control_checkpoint() to it.";
    }

    /// <summary>Begins another history of a store that was restored.</summary>
    /// <param name="force">Also while nodes use it.</param>
    internal static async ValueTask<RestoredStore> RestoredAsync(
        string connectionString, TimeProvider time, Action<Span<byte>> draw, PostgresStoreOptions options, bool force, CancellationToken cancellationToken)
    {
        await using var database = await Connector.OpenAsync(connectionString, options, cancellationToken);
        var migrator = new Migrator(database, draw, SchemaSql.Migrations);
        if (await migrator.LookAsync(cancellationToken) == 0) throw new StoreUnusableException($"There is no store in schema {options.Schema} of this database: restore it first.");
        await migrator.MigrateAsync(cancellationToken);
        await CheckRightsAsync(database, cancellationToken);
        return await new Restorer(database, New(database, new StoreClock(time, options.Clock)), time, draw).RestoreAsync(force, cancellationToken);
    }

    /// <summary>As the other, with the steps of another version.</summary>
    internal static async ValueTask<PostgresStore> OpenAsync(
        string connectionString, TimeProvider time, Action<Span<byte>> draw, PostgresStoreOptions options, IReadOnlyList<string> migrations, CancellationToken cancellationToken)
    {
        var database = await Connector.OpenAsync(connectionString, options, cancellationToken);
        try
        {
            await new Migrator(database, draw, migrations).MigrateAsync(cancellationToken);
            await CheckRightsAsync(database, cancellationToken);
            var clock = new StoreClock(time, options.Clock);
            var partitions = new PartitionTable(database, clock);
            await New(database, clock).BeginWhereMovedAsync(cancellationToken);
            await partitions.MakeAsync(clock.Learn(await database.ScalarAsync<DateTimeOffset>(new Call(JobSql.Now, clock.Parameter), cancellationToken)), cancellationToken);
            return new PostgresStore(database, await StoreIdentity.ReadAsync(database, cancellationToken), clock, partitions, options);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _beats.Dispose();
        _usage.Dispose();
        _claimer.Dispose();
        return _database.DisposeAsync();
    }

    private static NewHistory New(Database database, StoreClock clock) => new(database, new EpochEnder(clock, new JobWriter(database, clock, new RunningJobs(), new WaitingQueues())));

    private static async ValueTask CheckRightsAsync(Database database, CancellationToken cancellationToken)
    {
        var schema = database.Schema.Name;
        var missing = await database.ListAsync(new Call(StartSql.MissingRight, Parameters.Text(schema)), row => (Table: row.GetString(0), Right: row.GetString(1)), cancellationToken);
        if (missing is [var (table, right), ..]) throw new StoreUnusableException($"The database role lacks the right {right} on {schema}.{table}: grant select, insert, update, delete on all tables and usage on all sequences in schema {schema} to it, or let it own the schema.");
    }
}
