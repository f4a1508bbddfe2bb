using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Store.Opening;

/// <summary>Makes the pool of connections, and says in words why the first one can't be made.</summary>
internal static class Connector
{
    private const int PreparedMax = 64;

    /// <summary>How long nothing may come until a connection of its own is looked at: a network that silently lost it shows then.</summary>
    private const int KeepAliveSeconds = 10;

    private const string TargetKeyword = "Target Session Attributes";

    /// <summary>How long what a host was, primary or standby, is believed: a promotion shows that soon.</summary>
    private const int HostRecheckSeconds = 2;

    /// <summary>Every statement follows indexes whatever its parameters are, and stops early: planning it anew for each, or compiling it, cost as much as running it or many times more.
    /// A plan that was made while a table was empty would read it from end to end ever after, until its statistics are renewed. Parallel workers do not stop early: they read all and sort it.</summary>
    private const string PlainPlans = "-c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off -c max_parallel_workers_per_gather=0";

    /// <summary>Connects for the first time, checks the server, and makes the pool that suits it.</summary>
    /// <exception cref="StoreUnusableException">What can't be cured by waiting.</exception>
    /// <exception cref="StoreUnavailableException">What can.</exception>
    public static async ValueTask<Database> OpenAsync(string connectionString, PostgresStoreOptions options, CancellationToken cancellationToken)
    {
        var schema = new SchemaName(options.Schema);
        var builder = Parse(connectionString, options);
        await using var first = Source(Unpooled(builder), null);
        var facts = await LookAsync(first, builder, schema, cancellationToken);
        facts.Check(schema.Name);
        var prepares = options.Prepares ?? IsTheServerItself(facts, builder);
        if (!Says(builder, "Max Auto Prepare")) builder.MaxAutoPrepare = prepares ? PreparedMax : 0;
        if (prepares) builder.AutoPrepareMinUsages = 2;
        if (prepares && !Says(builder, "Options")) builder.Options = PlainPlans;
        var direct = options.DirectConnectionString is { } given ? Parse(given, options) : IsTheServerItself(facts, builder) ? builder : null;
        var history = new History(facts.MayIdentify);
        return new Database(Source(builder, history), schema, history) { Alone = Source(Unpooled(direct ?? builder), history), IsDirect = direct is not null, IsPooled = !IsTheServerItself(facts, builder) || builder.MaxAutoPrepare == 0 };
    }

    /// <summary>Makes connections that are asked where they lead before anything else.</summary>
    private static NpgsqlDataSource Source(NpgsqlConnectionStringBuilder settings, History? history)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        if (history is not null) builder.UsePhysicalConnectionInitializer(history.Look, history.LookAsync);
        return builder.Build();
    }

    /// <summary>Whether a connection string sets something: the builder itself holds every keyword that there is.</summary>
    private static bool Says(NpgsqlConnectionStringBuilder builder, string keyword) => new DbConnectionStringBuilder { ConnectionString = builder.ConnectionString }.ContainsKey(keyword);

    private static NpgsqlConnectionStringBuilder Unpooled(NpgsqlConnectionStringBuilder builder) => new(builder.ConnectionString) { Pooling = false, MaxAutoPrepare = 0, KeepAlive = KeepAliveSeconds };

    private static NpgsqlConnectionStringBuilder Parse(string connectionString, PostgresStoreOptions options)
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException)
        {
            throw new StoreUnusableException("The store's connection string can't be read. Give one such as \"Host=db;Database=meanwhile;Username=meanwhile\".", wrong); // without its words, which may hold the password
        }

        if (!Says(builder, "Maximum Pool Size")) builder.MaxPoolSize = options.ConnectionsMax;
        if (!Says(builder, "Command Timeout")) builder.CommandTimeout = (int)options.StatementTimeout.TotalSeconds;
        if (!Says(builder, "Application Name")) builder.ApplicationName = "meanwhile";
        if (!Says(builder, "Include Error Detail")) builder.IncludeErrorDetail = false;
        LeadToPrimary(builder);
        builder.NoResetOnClose = true; // nothing of a session is ever changed, and a pooler in between would give it to another
        builder.Enlist = false;
        return builder;
    }

    /// <summary>Of several hosts the primary is meant, and found soon after it has changed; one host alone is looked at by the start itself.</summary>
    private static void LeadToPrimary(NpgsqlConnectionStringBuilder builder)
    {
        if (!HasManyHosts(builder)) builder.Remove(TargetKeyword); // which Npgsql refuses for one host
        else if (!Says(builder, TargetKeyword)) builder.TargetSessionAttributes = "primary";
        if (HasManyHosts(builder) && !Says(builder, "Host Recheck Seconds")) builder.HostRecheckSeconds = HostRecheckSeconds;
    }

    private static bool HasManyHosts(NpgsqlConnectionStringBuilder builder) => builder.Host?.Contains(',', StringComparison.Ordinal) ?? false;

    private static async ValueTask<ServerFacts> LookAsync(NpgsqlDataSource source, NpgsqlConnectionStringBuilder builder, SchemaName schema, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            if (connection.PostgreSqlVersion.Major < ServerFacts.VersionMin / 10_000) throw new StoreUnusableException(ServerFacts.TooOld(connection.ServerVersion)); // before a statement that it may not know
            return (await new Session(connection, schema).ListAsync(new Call(StartSql.Server, Parameters.Text(schema.Name)), ServerFacts.Read, cancellationToken))[0];
        }
        catch (Exception error) when (error is NpgsqlException or SocketException or IOException or AuthenticationException or TimeoutException)
        {
            throw Say(error, builder);
        }
    }

    private static Exception Say(Exception error, NpgsqlConnectionStringBuilder builder) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } refused =>
            new StoreUnusableException($"The database at {Place(builder)} refused user \"{builder.Username}\": {refused.MessageText}. Look at the user name, the password and pg_hba.conf.", refused),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } missing =>
            new StoreUnusableException($"There is no database \"{builder.Database ?? builder.Username}\" at {Place(builder)}: create it, with encoding 'UTF8'.", missing),
        PostgresException { SqlState: PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.UndefinedObject } old =>
            new StoreUnusableException($"The server at {Place(builder)} is no PostgreSQL {ServerFacts.VersionMin / 10_000} or newer: {old.MessageText}.", old),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } denied =>
            new StoreUnusableException($"Role \"{builder.Username}\" may not connect: {denied.MessageText}. Grant it: grant connect on database \"{builder.Database ?? builder.Username}\" to \"{builder.Username}\".", denied),
        PostgresException other => StoreErrors.Translate(other),
        { InnerException: AuthenticationException certificate } => NoTrust(certificate, builder),
        AuthenticationException certificate => NoTrust(certificate, builder),
        NpgsqlException { InnerException: null, Message: var message } when message.Contains("SASL", StringComparison.Ordinal) || message.Contains("password", StringComparison.OrdinalIgnoreCase) =>
            new StoreUnusableException($"The database at {Place(builder)} asks for a password, and none was given: name one by Password=, PGPASSWORD or a passfile.", error),
        { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } unknown } => Unknown(unknown, builder),
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } unknown => Unknown(unknown, builder),
        { InnerException: AggregateException { InnerExceptions: [.., NpgsqlException last] } } when last != error => Say(last, builder), // of several hosts
        _ => new StoreUnavailableException($"The database at {Place(builder)} can't be reached: {(error.InnerException ?? error).Message}", error),
    };

    private static StoreUnusableException NoTrust(AuthenticationException certificate, NpgsqlConnectionStringBuilder builder) =>
        new($"The certificate of the database at {Place(builder)} does not verify: {certificate.Message} Name the authority with Root Certificate=FILE, or look whether the host is the one on the certificate.", certificate);

    private static StoreUnavailableException Unknown(SocketException unknown, NpgsqlConnectionStringBuilder builder) =>
        new($"The database's host \"{builder.Host}\" is not known: {unknown.Message}.", unknown);

    private static string Place(NpgsqlConnectionStringBuilder builder) => HasManyHosts(builder) ? builder.Host! : $"{builder.Host}:{builder.Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Whether the server answers at the very place that was asked: a pooler in between would answer from elsewhere.</summary>
    private static bool IsTheServerItself(ServerFacts facts, NpgsqlConnectionStringBuilder builder) =>
        facts.Port is { } port ? (builder.Host ?? "").Split(',').Any(host => PortOf(host, builder) == port) : builder.Host?.StartsWith('/') ?? false;

    /// <summary>One of several hosts may have a port of its own, <c>host:port</c>.</summary>
    private static int PortOf(string host, NpgsqlConnectionStringBuilder builder) =>
        host.LastIndexOf(':') is > 0 and var colon && int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : builder.Port;
}
