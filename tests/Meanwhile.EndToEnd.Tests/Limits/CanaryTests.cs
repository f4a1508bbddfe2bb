using System.Text;
using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Sources;
using Microsoft.Data.Sqlite;

namespace Meanwhile.EndToEnd.Tests.Limits;

/// <summary>Words that occur nowhere else are given to a server in confidence; then they are looked for where they must not be.</summary>
public sealed class CanaryTests : IAsyncLifetime
{
    private const string Source = "numbers";
    private const string Secret = "canary4secret"; // of a source, by reference
    private const string Parameter = "canary4parameter";
    private static readonly string RowAsStored = Convert.ToBase64String(Encoding.UTF8.GetBytes($"[\"{Parameter}\"]\n"));
    private static readonly TimeSpan CollectWithin = TimeSpan.FromSeconds(30); // it collects every second

    private readonly Folder _folder = new();
    private readonly List<string> _tokens = [];
    private readonly List<string> _jobs = [];
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_folder.File("meanwhile.json"), """{ "defaults": { "collect_seconds": 1 } }""");
        _server = await ServerProcess.StartAsync(
            ["--config", _folder.File("meanwhile.json"), "--log-level", "trace"], new Dictionary<string, string?> { ["CANARY"] = Secret });
        await UseEverythingAsync();
    }

    [Fact]
    public async Task A_secret_is_in_no_log_no_file_and_no_audit()
    {
        var audit = await AuditAsync();
        Assert.Equal(0, await _server.TerminateAsync());

        foreach (var secret in _tokens.Append(Secret))
        {
            Assert.DoesNotContain(secret, _server.Process.Out + _server.Process.Error, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, audit, StringComparison.Ordinal);
            Assert.Empty(FilesWith(secret));
        }
    }

    [Fact]
    public async Task A_parameter_is_in_no_log_and_no_audit_and_nowhere_once_its_jobs_have_expired()
    {
        var audit = await AuditAsync();
        Assert.Equal(0, await _server.TerminateAsync());
        var logs = _server.Process.Out + _server.Process.Error;
        Assert.Contains(_jobs[0], logs, StringComparison.Ordinal); // so much is logged
        Assert.DoesNotContain(Parameter, logs, StringComparison.Ordinal);
        Assert.DoesNotContain(Parameter, audit, StringComparison.Ordinal);
        Assert.Equal(["body"], TablesWith(Parameter)); // until a job expires it keeps what it was asked, and its rows
        Assert.Equal(["result"], TablesWith(RowAsStored));
        Assert.NotEmpty(ResultFiles());

        // When the jobs expire
        Execute("update job set expires_at = 1 where expires_at is not null");
        await _server.StartAgainAsync();
        using var client = _server.Client();
        await _server.UntilAsync("Every job has expired", async () => (await client.ListAsync(new JobQuery(), null, null, CancellationToken.None)).Items.All(job => job.Record.State.Expired), CollectWithin);
        await _server.UntilAsync("Their files have gone after them", () => Task.FromResult(ResultFiles().Length == 0), CollectWithin);
        Assert.Equal(0, await _server.TerminateAsync());

        Assert.Empty(TablesWith(Parameter));
        Assert.Empty(TablesWith(RowAsStored));
        Assert.Empty(ResultFiles());
        Assert.Empty(FilesWith(Parameter));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Uses the server in every way in which a secret or a parameter could get out.</summary>
    private async Task UseEverythingAsync()
    {
        await _server.MakeSourceAsync(Source);
        using var client = _server.Client();
        _tokens.Add(_server.AdminKey);
        _tokens.Add((await client.CreateKeyAsync(new KeyRequest { Name = "other" }, CancellationToken.None)).Token);
        using (var settings = JsonDocument.Parse("""{"path": "${env:CANARY}.db"}""")) await client.PutSourceAsync(new SourceRequest("vault", "sqlite", settings.RootElement.Clone(), new SourceOptions()), create: true, CancellationToken.None);
        await client.ProbeSourceAsync("vault", CancellationToken.None);

        await RunAsync(client, "vault", "select 1"); // there is no such file: the failure is told
        await RunAsync(client, Source, "select :c");
        await RunAsync(client, Source, "select json_extract(:c, '$.a')"); // fails with the value in hand
        await RunAsync(client, Source, "insert into nowhere values (:c)");
        await RunAsync(client, Source, "with recursive c(n) as (select 1 union all select n + 1 from c where n < 40000) select n, :c from c"); // goes to files
        await client.RetryAsync(_jobs[^1], CancellationToken.None);
        await Assert.ThrowsAsync<ProblemException>(() => client.SubmitAsync(Ask.Query("no-such-source", "select :c", ("c", Parameter)), CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<ProblemException>(() => client.SubmitAsync(Ask.Query(Source, "select :d", ("c", Parameter)), CancellationToken.None).AsTask());
        using var stranger = _server.Client(key: "mw_nobody_" + Secret);
        await Assert.ThrowsAsync<ProblemException>(() => stranger.StatsAsync(CancellationToken.None).AsTask());
    }

    private async Task RunAsync(MeanwhileClient client, string source, string sql)
    {
        var request = sql.Contains(":c", StringComparison.Ordinal) ? Ask.Query(source, sql, ("c", Parameter)) : Ask.Query(source, sql);
        _jobs.Add((await client.RunAsync(request)).Id.ToString());
    }

    private async Task<string> AuditAsync()
    {
        using var client = _server.Client();
        var page = await client.ReadAuditAsync(null, allProjects: true, null, 1_000, CancellationToken.None);
        Assert.NotEmpty(page.Items);
        return string.Join('\n', page.Items);
    }

    private string[] ResultFiles() => Directory.GetFiles(Path.Combine(_server.DataDirectory, "blobs"), "*", SearchOption.AllDirectories);

    private IEnumerable<string> FilesWith(string word) => Directory.EnumerateFiles(_server.DataDirectory, "*", SearchOption.AllDirectories)
        .Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(word)) >= 0);

    /// <summary>The tables of the store in whose rows a word is.</summary>
    private List<string> TablesWith(string word)
    {
        var tables = Query("select name from sqlite_schema where type = 'table' order by name").Select(row => (string)row[0]).ToList();
        return [.. tables.Where(table => Query($"select * from \"{table}\"").Any(row => row.Any(cell => TextOf(cell).Contains(word, StringComparison.Ordinal))))];
    }

    private static string TextOf(object cell) => cell is byte[] bytes ? Encoding.UTF8.GetString(bytes) : cell.ToString() ?? "";

    private List<object[]> Query(string sql)
    {
        using var store = Open();
        using var command = store.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        List<object[]> rows = [];
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }

    private void Execute(string sql)
    {
        using var store = Open();
        using var command = store.CreateCommand();
        command.CommandText = sql;
        Assert.NotEqual(0, command.ExecuteNonQuery());
    }

    private SqliteConnection Open()
    {
        var store = new SqliteConnection($"Data Source={Path.Combine(_server.DataDirectory, "meanwhile.db")};Pooling=False");
        store.Open();
        return store;
    }
}
