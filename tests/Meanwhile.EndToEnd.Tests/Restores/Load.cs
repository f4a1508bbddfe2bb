using System.Collections.Concurrent;
using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Nodes;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;

namespace Meanwhile.EndToEnd.Tests.Restores;

/// <summary>Submits short queries, each with a number as its result and an idempotency key, and keeps what was acknowledged.</summary>
internal sealed class Load(ServerProcess server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);
    private readonly ConcurrentDictionary<int, JobId> _acknowledged = new();
    private int _last;

    /// <summary>The jobs that were acknowledged so far, by their numbers.</summary>
    public IReadOnlyDictionary<int, JobId> Acknowledged => new Dictionary<int, JobId>(_acknowledged);

    /// <summary>The query of a number.</summary>
    public static JobRequest Query(int number) => SharedScene.Query($"select {number} as n") with { IdempotencyKey = $"key-{number}" };

    /// <summary>Submits until told to end; what is refused is not kept.</summary>
    public async Task RunAsync(CancellationToken over)
    {
        using var client = server.ImpatientClient();
        using var ticks = new PeriodicTimer(Pace);
        while (!over.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _last);
            try
            {
                _acknowledged[number] = (await client.SubmitAsync(Query(number), CancellationToken.None)).Job.Id;
            }
            catch (ProblemException refused) when (refused.Problem.Code == ProblemCodes.Unavailable)
            {
                // not acknowledged
            }

            await ticks.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Returns once so many more were acknowledged.</summary>
    public Task MoreAsync(int count)
    {
        var until = _acknowledged.Count + count;
        return server.UntilAsync($"{until} submissions were acknowledged", () => Task.FromResult(_acknowledged.Count >= until), Patience);
    }

    /// <summary>Returns once everything acknowledged so far has succeeded.</summary>
    public async Task EndedAsync()
    {
        using var client = server.Client();
        foreach (var id in Acknowledged.Values) Assert.Equal(JobStatus.Succeeded, (await client.WaitUntilEndedAsync(id.ToString())).Status);
    }

    /// <summary>A result's rows.</summary>
    public static async Task<string> RowsAsync(MeanwhileClient client, JobId job)
    {
        using var rows = new MemoryStream();
        await client.ExportResultAsync(job.ToString(), new ResultRequest(), ResultFormat.Ndjson, rows, CancellationToken.None);
        return System.Text.Encoding.UTF8.GetString(rows.ToArray());
    }

    /// <summary>How often each job ended, by the feed from its beginning.</summary>
    public static async Task<Dictionary<JobId, int>> EndingsAsync(MeanwhileClient client)
    {
        List<JobEvent> all = [];
        string? cursor = null;
        while (await client.ReadEventsAsync(null, new EventQuery { Cursor = cursor, Limit = 1_000 }, CancellationToken.None) is { Items.Count: > 0 } page)
        {
            all.AddRange(page.Items.Select(item => item.Event));
            cursor = page.Cursor;
        }

        return all.Where(item => item.Data.Kind.IsEnding).CountBy(item => item.Job).ToDictionary();
    }

    /// <summary>The refusal of a cursor.</summary>
    public static async Task<Problem> RefusedAsync(MeanwhileClient client, string cursor) =>
        (await Assert.ThrowsAsync<ProblemException>(async () => await client.ReadEventsAsync(null, new EventQuery { Cursor = cursor }, CancellationToken.None))).Problem;

    /// <summary>A cursor at the end of the feed.</summary>
    public static async Task<string> CursorAsync(MeanwhileClient client) => (await client.ReadEventsAsync(null, new EventQuery { Cursor = "now" }, CancellationToken.None)).Cursor;
}
