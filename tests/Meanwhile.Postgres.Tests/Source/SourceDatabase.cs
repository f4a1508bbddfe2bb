using System.Globalization;
using System.Text.Json;
using Meanwhile.Postgres.Source;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Sources;
using Meanwhile.Testing.Postgres;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Source;

/// <summary>A database of its own with two roles: one that may only read, and one that owns what is there.</summary>
public sealed class SourceDatabase
{
    /// <summary>The password of both roles.</summary>
    public const string Password = "not to be shown";

    private readonly TemporaryCluster _cluster;

    private SourceDatabase(TemporaryCluster cluster, string name) => (_cluster, Name) = (cluster, name);

    /// <summary>The database's name.</summary>
    public string Name { get; }

    /// <summary>The role that may only read.</summary>
    public string Reader => $"{Name}_reader";

    /// <summary>The role that owns the tables.</summary>
    public string Writer => $"{Name}_writer";

    public static async Task<SourceDatabase> MakeAsync(SharedCluster shared)
    {
        var database = new SourceDatabase(shared.Cluster, await shared.NewDatabaseAsync(TestContext.Current.CancellationToken));
        await database.AsSuperuserAsync(
            $"create role {database.Reader} login password '{Password}'; create role {database.Writer} login password '{Password}';"
            + $"grant create on database {database.Name} to {database.Writer}; grant all on schema public to {database.Writer}; grant usage on schema public to {database.Reader};"
            + $"set role {database.Writer}; create table written (x int); create sequence counter; grant select on written to {database.Reader}; grant usage on counter to {database.Reader}; reset role");
        return database;
    }

    /// <summary>Runs statements as the superuser, past every source.</summary>
    /// <returns>The first value; null when there is none.</returns>
    public async Task<object?> AsSuperuserAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_cluster.ConnectionString(Name) + ";Pooling=false;Application Name=superuser");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>How many statements run under a tag.</summary>
    public async Task<long> RunningAsync(string tag) =>
        (long)(await AsSuperuserAsync($"select count(*) from pg_stat_activity where application_name = '{tag}' and datname = '{Name}'"))!;

    /// <summary>The settings of a source as this database's role.</summary>
    public string Settings(string username, string? more = null) =>
        $$"""{"host": "127.0.0.1", "port": {{_cluster.Port.ToString(CultureInfo.InvariantCulture)}}, "database": "{{Name}}", "username": "{{username}}", "password": "{{Password}}", "ssl_mode": "disable"{{more}}}""";

    /// <summary>A source; reading as the reader, writing as the writer.</summary>
    public IHostedSource Create(bool readOnly = true, SourceOptions? options = null, string? more = null, string? username = null, Func<PostgresSourceOptions, PostgresSourceOptions>? configure = null)
    {
        var server = new PostgresSourceOptions { ConcurrencyDefault = 64 };
        return new PostgresSourceFactory(configure?.Invoke(server) ?? server, TimeProvider.System)
            .Create(Definition(Settings(username ?? (readOnly ? Reader : Writer), more), (options ?? new SourceOptions()) with { ReadOnly = readOnly }));
    }

    /// <summary>A definition as the configuration file makes it.</summary>
    public static SourceDefinition Definition(string settings, SourceOptions? options = null) =>
        new("", "test", "postgres", JsonDocument.Parse(settings).RootElement, options ?? new SourceOptions());
}
