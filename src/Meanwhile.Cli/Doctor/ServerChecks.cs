using System.CommandLine;
using System.Net;
using System.Text.Json;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Client;
using Meanwhile.Contracts;
using Meanwhile.Problems;

namespace Meanwhile.Cli.Doctor;

/// <summary>What a server says of itself, its store, its sources and its clock.</summary>
internal static class ServerChecks
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SkewMax = TimeSpan.FromSeconds(5);
    private const int SourcesMax = 1_000;

    /// <summary>All checks, as far as they can get.</summary>
    public static async Task<IReadOnlyList<Finding>> RunAsync(Shell shell, ParseResult parse, CancellationToken cancellationToken)
    {
        var server = ConnectionOptions.Shared.Server(parse, shell);
        var findings = new List<Finding>();
        if (!await ReadyAsync(shell, server, findings, cancellationToken)) return findings;
        if (ConnectionOptions.Shared.Key(parse, shell) is not { } key)
        {
            findings.Add(Finding.Bad("key", $"There is no key for {server}.", "Give one with --key or MEANWHILE_KEY, or run 'meanwhile login'."));
            return findings;
        }

        using var client = new MeanwhileClient(new MeanwhileClientOptions { Server = server, Key = key, Project = ConnectionOptions.Shared.Project(parse, shell), TriesMax = 1 });
        if (await StatsAsync(client, findings, cancellationToken)) await SourcesAsync(client, findings, cancellationToken);
        return findings;
    }

    /// <summary>Whether there is a server to ask more; readiness speaks of its store too.</summary>
    private static async Task<bool> ReadyAsync(Shell shell, Uri server, List<Finding> findings, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = AnswerWithin };
        try
        {
            var address = new Uri(server.ToString().TrimEnd('/') + "/healthz/ready");
            using var response = await http.GetAsync(address, cancellationToken);
            var health = response.Content.Headers.ContentType?.MediaType == "application/json"
                ? JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(cancellationToken), ContractsJson.Default.HealthResource)
                : null;
            findings.Add(response.StatusCode == HttpStatusCode.OK
                ? Finding.Ok("server", $"{server} takes work; its store answers.")
                : Finding.Bad("server", $"{server} does not take work: {string.Join(" ", health?.Reasons ?? [$"it answered {(int)response.StatusCode}."])}", "See the server's log."));
            if (response.Headers.Date is { } date) findings.Add(Clock(date - shell.Time.GetUtcNow()));
            return health is not null;
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or JsonException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            findings.Add(Finding.Bad("server", $"{server} can't be reached: {unreachable.Message}", "Start one with 'meanwhile serve', or name another with --server or MEANWHILE_URL."));
            return false;
        }
    }

    private static Finding Clock(TimeSpan skew) => skew.Duration() > SkewMax
        ? Finding.Warning("clock", $"The server's clock and this one differ by {Texts.Of(skew.Duration())}.", "Keep both in step with NTP: run_at and expires_at are the server's time.")
        : Finding.Ok("clock", "In step with the server's.");

    private static async Task<bool> StatsAsync(MeanwhileClient client, List<Finding> findings, CancellationToken cancellationToken)
    {
        try
        {
            var stats = await client.StatsAsync(cancellationToken);
            findings.Add(Finding.Ok("key", "Accepted."));
            findings.Add(Finding.Ok("node", Texts.Invariant($"Runs {stats.NodeRunning} of {stats.NodeConcurrency} jobs, {Texts.Bytes(stats.MemoryBytes)} of memory.")));
            if (stats.FreeBytes is { } free) findings.Add(Disk(free));
            return true;
        }
        catch (ProblemException refused)
        {
            findings.Add(Finding.Bad("key", refused.Problem.Detail, "Run 'meanwhile login' with a valid key."));
            return false;
        }
    }

    private static Finding Disk(long free) => free <= 0
        ? Finding.Bad("results", "There is no room for results: jobs with rows fail.", "Make room on the server's disk, or shorten ttl_hours.")
        : Finding.Ok("results", $"{Texts.Bytes(free)} left for results.");

    private static async Task SourcesAsync(MeanwhileClient client, List<Finding> findings, CancellationToken cancellationToken)
    {
        var sources = await client.ListSourcesAsync(null, SourcesMax, cancellationToken);
        var good = 0;
        foreach (var source in sources.Items)
        {
            if (await SourceAsync(client, source.Definition.Name, cancellationToken) is { } fault) findings.Add(fault);
            else good++;
        }

        findings.Add(Finding.Ok("sources", Texts.Invariant($"{good:N0} of {sources.Items.Count:N0} can be used.")));
    }

    /// <summary>What is wrong with a source; null when it can be used.</summary>
    private static async Task<Finding?> SourceAsync(MeanwhileClient client, string name, CancellationToken cancellationToken)
    {
        try
        {
            var probe = await client.ProbeSourceAsync(name, cancellationToken);
            return probe.Error is { } error
                ? Finding.Bad($"source {name}", error.Message, error.Hint ?? "See its settings with 'meanwhile sources show'.")
                : null;
        }
        catch (ProblemException refused)
        {
            return Finding.Warning($"source {name}", refused.Problem.Detail, "Probing needs the role admin.");
        }
    }
}
