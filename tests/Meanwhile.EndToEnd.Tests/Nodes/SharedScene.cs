using System.Globalization;
using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Sources;
using Meanwhile.Testing.Postgres;
using Npgsql;

namespace Meanwhile.EndToEnd.Tests.Nodes;

/// <summary>Nodes that share a store in one PostgreSQL cluster, and a source in another, so that either can be stopped alone.</summary>
internal sealed class SharedScene : IAsyncDisposable
{
    /// <summary>The source's name.</summary>
    public const string Source = "pg";

    private const string Reader = "reader";
    private const string ReaderPassword = "reader secret";
    private readonly List<ServerProcess> _nodes = [];

    private readonly bool _ownsStore;

    private SharedScene(TemporaryCluster store, TemporaryCluster data, bool ownsStore)
    {
        (Store, Data, _ownsStore) = (store, data, ownsStore);
    }

    /// <summary>Where the nodes keep their jobs.</summary>
    public TemporaryCluster Store { get; }

    /// <summary>Where the source's statements run; its log has each of them with its tag.</summary>
    public TemporaryCluster Data { get; }

    /// <summary>The nodes, in the order of their starts.</summary>
    public IReadOnlyList<ServerProcess> Nodes => _nodes;

    /// <summary>Starts both clusters, and makes the role that reads.</summary>
    /// <param name="given">The store's cluster, which stays the caller's; null = a new one.</param>
    public static async Task<SharedScene> SetAsync(TemporaryCluster? given = null)
    {
        var store = given ?? await TemporaryCluster.StartAsync();
        var data = await TemporaryCluster.StartAsync(["max_connections = 600", "log_statement = all", "log_line_prefix = '%m [%p] %a: '"]);
        var scene = new SharedScene(store, data, ownsStore: given is null);
        await scene.OnDataAsync($"create role {Reader} login password '{ReaderPassword}'");
        return scene;
    }

    /// <summary>Starts a node, and with the first one makes the source.</summary>
    /// <param name="store">How the node reaches the store; null = the cluster's own database.</param>
    public async Task<ServerProcess> StartAsync(string name, string? roles = null, int concurrency = 16, string? store = null)
    {
        string[] arguments = ["--store", store ?? Store.ConnectionString(), "--node", name, .. roles is null ? Array.Empty<string>() : ["--roles", roles]];
        var environment = new Dictionary<string, string?> { ["PG_PASSWORD"] = ReaderPassword, ["WORKER_CONCURRENCY"] = concurrency.ToString(CultureInfo.InvariantCulture) };
        var node = await ServerProcess.StartAsync(arguments, environment, adminKeyFile: _nodes.Count == 0 ? null : _nodes[0].AdminKeyFile);
        _nodes.Add(node);
        if (_nodes.Count == 1) await MakeSourceAsync(node);
        return node;
    }

    /// <summary>A query of the source.</summary>
    public static JobRequest Query(string sql) => Ask.Query(Source, sql);

    /// <summary>The tags of the statements that run at the source now.</summary>
    public async Task<IReadOnlyList<string>> RunningTagsAsync()
    {
        List<string> tags = [];
        await using var connection = new NpgsqlConnection(Data.ConnectionString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select application_name from pg_stat_activity where application_name like 'mw:%' and state = 'active'", connection);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) tags.Add(rows.GetString(0));
        return tags;
    }

    /// <summary>How often each tag ran a text, by the source's own log.</summary>
    public async Task<Dictionary<string, int>> RunsAsync(string text)
    {
        var lines = await File.ReadAllLinesAsync(Data.LogFile);
        return lines.Where(line => line.Contains(text, StringComparison.Ordinal) && (line.Contains("execute", StringComparison.Ordinal) || line.Contains("statement:", StringComparison.Ordinal)))
            .Select(line => line.Split(' ').FirstOrDefault(word => word.StartsWith("mw:", StringComparison.Ordinal))?.TrimEnd(':'))
            .OfType<string>()
            .CountBy(tag => tag)
            .ToDictionary();
    }

    /// <summary>Runs a command at the source's cluster as its superuser.</summary>
    public async Task OnDataAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Data.ConnectionString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        if (_ownsStore) await Store.DisposeAsync();
        await Data.DisposeAsync();
    }

    private async Task MakeSourceAsync(ServerProcess node)
    {
        var settings = $$"""{"host": "127.0.0.1", "port": {{Data.Port}}, "database": "postgres", "username": "{{Reader}}", "password": "${env:PG_PASSWORD}", "ssl_mode": "disable"}""";
        using var document = JsonDocument.Parse(settings);
        using var client = node.Client();
        await client.PutSourceAsync(new SourceRequest(Source, "postgres", document.RootElement.Clone(), new SourceOptions { Concurrency = 256 }), create: true, CancellationToken.None);
    }
}
