using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Samples;

/// <summary>Runs README's examples as they are written, with <c>meanwhile</c> on the PATH.</summary>
public sealed class ReadmeTests(SampleServer sample)
{
    [Fact]
    public async Task The_rest_example_works_as_written()
    {
        // Its first request defines the source that the sample server has already: 409. A name of the example's own makes it 201.
        var script = Example("rest").Replace("\"name\": \"flights\"", "\"name\": \"readme\"", StringComparison.Ordinal).Replace("\"source\": \"flights\"", "\"source\": \"readme\"", StringComparison.Ordinal);

        var output = await RunAsync(script);

        Assert.Contains("\"name\":\"readme\"", output, StringComparison.Ordinal);
        Assert.Contains("\"status\":\"succeeded\"", output, StringComparison.Ordinal);
        Assert.Contains("[\"ORD\",", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_line_example_works_as_written()
    {
        var output = await RunAsync(Example("cli"));

        Assert.Matches("(?m)^iata +name +city", output);
        Assert.Matches("(?m)^status +(pending|running)", output);
        Assert.Contains("cancel asked for", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_worker_example_works_as_written()
    {
        var output = await RunAsync($"cd '{Path.GetDirectoryName(Tree.PathOf("README.md"))}'\n{Example("workers")}");

        Assert.Contains("\"primes\":2262", output.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_client_example_works_as_written()
    {
        // The text is README's: the test fails when they differ.
        using var client = sample.Server.Client();
        using var parameters = System.Text.Json.JsonDocument.Parse("""{"sql": "select city, count(*) from airports group by city order by 2 desc limit 3"}""");

        var job = await client.RunAsync(new JobRequest { Tool = "query", Source = "flights", Params = parameters.RootElement });
        List<string> rows = [];
        await foreach (var row in client.ReadRowsAsync(job.Id.ToString())) rows.Add(System.Text.Encoding.UTF8.GetString(row.Span));

        Assert.Equal(3, rows.Count);
        Assert.Contains("var job = await client.RunAsync(new JobRequest { Tool = \"query\", Source = \"flights\", Params = parameters.RootElement });", Example("client"), StringComparison.Ordinal);
        Assert.Contains("await foreach (var row in client.ReadRowsAsync(job.Id.ToString()))", Example("client"), StringComparison.Ordinal);
    }

    /// <summary>The code block after the comment that names it.</summary>
    internal static string Example(string name)
    {
        var readme = File.ReadAllText(Tree.PathOf("README.md"));
        var from = readme.IndexOf($"<!-- example: {name} -->", StringComparison.Ordinal);
        Assert.True(from >= 0, $"README.md has no example {name}.");
        var start = readme.IndexOf('\n', readme.IndexOf("```", from, StringComparison.Ordinal)) + 1;
        return readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)];
    }

    private async Task<string> RunAsync(string script)
    {
        var environment = new Dictionary<string, string?>
        {
            ["MEANWHILE_URL"] = sample.Server.Address.ToString().TrimEnd('/'),
            ["MEANWHILE_KEY"] = sample.Server.AdminKey,
            ["PATH"] = $"{AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        await using var bash = Executable.Start("bash", ["-euo", "pipefail", "-c", script], environment);
        Assert.True(await bash.EndAsync() == 0, $"{bash.Out}\n{bash.Error}");
        return bash.Out;
    }
}
