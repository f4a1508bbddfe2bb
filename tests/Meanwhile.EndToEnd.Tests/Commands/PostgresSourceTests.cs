using System.Globalization;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Testing.Postgres;

namespace Meanwhile.EndToEnd.Tests.Commands;

/// <summary>A PostgreSQL source through a real server, from its definition to what the command line shows.</summary>
public sealed class PostgresSourceTests(SampleServer sample)
{
    [Fact]
    public async Task A_source_is_defined_queried_and_complained_about()
    {
        await using var cluster = await TemporaryCluster.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await cluster.RunAsync("psql", ["-d", "postgres", "-c", "create role reader login password 'never shown'", "-c", "grant pg_read_all_data to reader"], TestContext.Current.CancellationToken);
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.File("meanwhile.json"), """{ "allow": [{ "projects": ["research"], "references": ["env:PG_PASSWORD"], "hosts": ["*", "10.0.0.0/8"] }, { "references": ["env:PG_PASSWORD"] }] }""", TestContext.Current.CancellationToken);
        await using var server = await ServerProcess.StartAsync(["--config", folder.File("meanwhile.json")], new Dictionary<string, string?> { ["PG_PASSWORD"] = "never shown" });
        Task<CommandEnd> Run(string key, params string[] arguments) => sample.RunAsync([.. arguments, "--server", server.Address.ToString(), "--key", key], null);
        Task<CommandEnd> Admin(params string[] arguments) => Run(server.AdminKey, arguments);
        string[] settings =
        [
            "--type", "postgres", "--setting", "host=127.0.0.1", "--setting", $"port={cluster.Port.ToString(CultureInfo.InvariantCulture)}", "--setting", "database=postgres", "--setting", "username=reader",
            "--setting", "password=${env:PG_PASSWORD}", "--setting", "ssl_mode=disable", "--setting", """session={"work_mem": "8MB"}""",
        ];

        (await Admin(["sources", "add", "pg", .. settings])).Succeeded();
        var rows = (await Admin("query", "-s", "pg", "select i, i * 1.50 as amount from generate_series(1, 2) i", "--format", "csv")).Succeeded();
        var wrong = await Admin("query", "-s", "pg", "select '\U0001F600',\n       nocolumn");
        var expensive = await Admin("query", "-s", "pg", "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b", "--max-cost", "1000");
        var cheap = await Admin("query", "-s", "pg", "select 1", "--max-cost", "1000");
        var written = await Admin("query", "-s", "pg", "create table t (x int)");
        var plan = (await Admin("query", "-s", "pg", "select 1", "--dry-run")).Succeeded();

        Assert.Equal("i,amount\n1,1.50\n2,3.00", rows.Trim().ReplaceLineEndings("\n"));
        Assert.Contains("column \"nocolumn\" does not exist", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("(no_such_column, 42703)", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("  line 2:        nocolumn\n                 ^", wrong.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("cost_over_limit", expensive.Error, StringComparison.Ordinal);
        cheap.Succeeded();
        Assert.Contains("(read_only)", written.Error, StringComparison.Ordinal);
        Assert.Contains("Total Cost", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("never shown", (await Admin("sources", "show", "pg", "--json")).Succeeded(), StringComparison.Ordinal);

        // a project's own admin reaches only what the allow section lists, and nothing private by a wildcard
        (await Admin("projects", "create", "research")).Succeeded();
        var key = (await Admin("keys", "create", "--name", "own", "--role", "admin", "--project", "research", "--json")).Succeeded();
        var secret = System.Text.Json.JsonDocument.Parse(key).RootElement.GetProperty("token").GetString()!;
        var refused = await Run(secret, ["sources", "add", "pg", .. settings]);
        Assert.Equal(2, refused.Code);
        Assert.Contains("  settings.host: ", refused.Error, StringComparison.Ordinal);
        (await Run(secret, ["sources", "add", "public", .. settings, "--setting", "host=db.example.com"])).Succeeded();
    }
}
