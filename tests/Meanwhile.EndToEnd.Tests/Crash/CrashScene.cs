using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Microsoft.Data.Sqlite;

namespace Meanwhile.EndToEnd.Tests.Crash;

/// <summary>A server under load that is stopped one way or another and started again on the same data, and what must be true of it then.</summary>
internal sealed class CrashScene : IAsyncDisposable
{
    /// <summary>How many queries run whenever the server is stopped.</summary>
    public const int Running = 50;

    private const int Computing = 8; // the others wait for a lock, so that two processors have some time left for the server
    private const int PageSize = 1_000;
    private const int Concurrency = 64;
    private const int ReadersMax = 4;
    private static readonly TimeSpan LoadWithin = TimeSpan.FromSeconds(60);

    private readonly Folder _folder;
    private readonly SqliteConnection _holder;
    private readonly HashSet<JobId> _looked = [];

    private CrashScene(Folder folder, ServerProcess server, SqliteConnection holder)
    {
        _folder = folder;
        _holder = holder;
        Server = server;
        Submitters = new Submitters(server);
        Feed = new FeedReader(server);
    }

    public ServerProcess Server { get; }

    public Submitters Submitters { get; }

    public FeedReader Feed { get; }

    /// <summary>Starts a server with a source to read and one to write, and as many endless queries as are to run.</summary>
    public static async Task<CrashScene> SetAsync()
    {
        var folder = new Folder();
        await File.WriteAllTextAsync(folder.File("meanwhile.json"), """{ "defaults": { "collect_seconds": 2 } }""");
        var server = await ServerProcess.StartAsync(
            ["--config", folder.File("meanwhile.json")], new Dictionary<string, string?> { ["WORKER_CONCURRENCY"] = $"{Concurrency}" });
        await server.MakeSourceAsync(Work.Numbers, concurrency: Concurrency);
        await server.MakeSourceAsync(Work.Ledger, readOnly: false, concurrency: 2);
        await server.MakeSourceAsync(Work.Held, concurrency: Concurrency, busyTimeoutMs: 600_000);
        var scene = new CrashScene(folder, server, Hold(Path.Combine(server.SourcesDirectory, $"{Work.Held}.db")));
        using var client = server.Client();
        var made = await client.RunAsync(Ask.Query(Work.Ledger, "create table writes (token text not null)"));
        Assert.Equal(JobStatus.Succeeded, made.Status);
        await scene.Submitters.SubmitEndlessAsync(Computing, Running - Computing);
        return scene;
    }

    /// <summary>Loads the server until enough runs, was acknowledged and has ended, stops it in the middle of that, and starts it again.</summary>
    public async Task StopUnderLoadAsync(int acknowledgedMin, int endingsMin, Func<Task> stop)
    {
        using var client = Server.Client();
        var (acknowledged, endings) = (Submitters.Acknowledged.Count + acknowledgedMin, Feed.Endings + endingsMin);
        var reading = Feed.ReadUntilGoneAsync();
        var submitting = Submitters.SubmitUntilGoneAsync();
        await Server.UntilAsync(
            $"{Running} queries run, {acknowledgedMin} more jobs are acknowledged and {endingsMin} more have ended",
            async () => Submitters.Acknowledged.Count >= acknowledged && Feed.Endings >= endings && (await client.StatsAsync(CancellationToken.None)).NodeRunning >= Running,
            LoadWithin);
        Assert.False(submitting.IsCompleted);

        await stop();
        await Task.WhenAll(reading, submitting);
    }

    /// <summary>Every acknowledged job is there: the new ones one by one, and all in the list.</summary>
    public async Task EveryAcknowledgedJobIsThereAsync()
    {
        using var client = Server.Client();
        var fresh = Submitters.Acknowledged.Keys.Where(_looked.Add).ToList();
        await Parallel.ForEachAsync(fresh, new ParallelOptions { MaxDegreeOfParallelism = ReadersMax }, async (id, stop) =>
        {
            var job = await client.GetAsync(id.ToString(), stop);
            Assert.Equal(id, job.Id);
        });
        var listed = (await AllJobsAsync(client)).Select(job => job.Id).ToHashSet();
        Assert.Empty(Submitters.Acknowledged.Keys.Except(listed));
    }

    /// <summary>Every job, newest first.</summary>
    public static async Task<List<Job>> AllJobsAsync(MeanwhileClient client)
    {
        List<Job> all = [];
        for (string? cursor = null; ;)
        {
            var page = await client.ListAsync(new JobQuery(), cursor, PageSize, CancellationToken.None);
            all.AddRange(page.Items);
            if (page.NextCursor is null) return all;
            cursor = page.NextCursor;
        }
    }

    /// <summary>Cancels what is endless and waits until every job has ended.</summary>
    public async Task EndAllAsync(TimeSpan within)
    {
        using var client = Server.Client();
        await client.CancelAsync([.. Submitters.Acknowledged.Where(pair => pair.Value.IsEndless).Select(pair => pair.Key.ToString())], CancellationToken.None);
        await Server.UntilAsync(
            "Every job has ended",
            async () => (await client.StatsAsync(CancellationToken.None)).Jobs.All(count => count.Count == 0 || count.Status.IsFinal),
            within);
    }

    /// <summary>The reader that went on from its cursor has seen what a new one sees; a job's events have no gap; a job that has ended did so once, last.</summary>
    public async Task TheFeedIsWholeAsync()
    {
        await Feed.ReadToEndAsync();
        var anew = new FeedReader(Server);
        await anew.ReadToEndAsync();
        Assert.Equal(anew.Seen.Select(Told), Feed.Seen.Select(Told));
        Assert.Equal(anew.Seen.Select(item => item.Event.Number).Order().Distinct(), anew.Seen.Select(item => item.Event.Number));

        using var client = Server.Client();
        var events = anew.Seen.ToLookup(item => item.Event.Job, item => item.Event.Data);
        foreach (var job in await AllJobsAsync(client))
        {
            var own = events[job.Id].ToList();
            Assert.Equal(Enumerable.Range(1, own.Count).Select(n => (long)n), own.Select(one => one.JobNumber));
            Assert.Equal(job.Status.IsFinal ? 1 : 0, own.Count(one => one.Kind.IsEnding));
            if (job.Status.IsFinal) Assert.Equal(EventKinds.OfEnding(job.Status), own[^1].Kind);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _holder.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Locks a database against all others.</summary>
    private static SqliteConnection Hold(string database)
    {
        var holder = new SqliteConnection($"Data Source={database};Pooling=False");
        holder.Open();
        using var command = holder.CreateCommand();
        command.CommandText = "begin exclusive";
        command.ExecuteNonQuery();
        return holder;
    }

    private static (long, JobId, long, EventKind) Told(EventView item) => (item.Event.Number, item.Event.Job, item.Event.Data.JobNumber, item.Event.Data.Kind);
}
