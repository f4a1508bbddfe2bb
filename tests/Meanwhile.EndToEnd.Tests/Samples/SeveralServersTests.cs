using System.Globalization;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Testing.Postgres;

namespace Meanwhile.EndToEnd.Tests.Samples;

/// <summary>Runs README's example of several servers as it is written, on ports of its own.</summary>
public sealed class SeveralServersTests
{
    [Fact]
    public async Task The_example_works_as_written()
    {
        await using var cluster = await TemporaryCluster.StartAsync();
        await cluster.RunAsync("psql", ["-d", "postgres", "-c", "create role reader login password 'reader secret'", "-c", "create database meanwhile"]);
        using var folder = new Folder();
        var script = $"cd '{Path.GetDirectoryName(folder.File("x"))}'\n{ReadmeTests.Example("nodes")}"
            .Replace("5432", Text(cluster.Port), StringComparison.Ordinal)
            .Replace("8081", Text(TemporaryCluster.FreePort()), StringComparison.Ordinal)
            .Replace("8082", Text(TemporaryCluster.FreePort()), StringComparison.Ordinal);
        var environment = new Dictionary<string, string?>
        {
            ["PGPASSWORD"] = TemporaryCluster.Password,
            ["READER_PASSWORD"] = "reader secret",
            ["PATH"] = $"{AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}",
        };

        await using var bash = Executable.Start("bash", ["-euo", "pipefail", "-c", script], environment);

        Assert.True(await bash.EndAsync() == 0, $"{bash.Out}\n{bash.Error}");
        Assert.Contains("done", bash.Out, StringComparison.Ordinal);
        Assert.Matches("(?m)^b/1 +up", bash.Out);
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
