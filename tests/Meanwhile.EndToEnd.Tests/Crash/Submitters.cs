using System.Collections.Concurrent;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;
using Meanwhile.Problems;

namespace Meanwhile.EndToEnd.Tests.Crash;

/// <summary>Submits work over HTTP from several sides at once until the server is gone, and remembers what was acknowledged.</summary>
internal sealed class Submitters(ServerProcess server)
{
    private const int Count = 6;
    private const int BatchSize = 6;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(40);

    private readonly ConcurrentDictionary<JobId, Work> _acknowledged = [];
    private readonly ConcurrentDictionary<string, JobId> _byKey = [];
    private readonly ConcurrentQueue<Work> _inDoubt = [];
    private int _number;

    /// <summary>Every job that the server said it has taken.</summary>
    public IReadOnlyDictionary<JobId, Work> Acknowledged => _acknowledged;

    /// <summary>Submissions under a key that were cut off and then repeated.</summary>
    public int Repeated { get; private set; }

    /// <summary>Submits so many queries that run until they are cancelled.</summary>
    public async Task SubmitEndlessAsync(int computing, int waiting)
    {
        using var client = server.Client();
        var works = Enumerable.Range(0, computing + waiting).Select(i => Next(i < computing ? WorkKind.Endless : WorkKind.Waiting, isKeyed: true)).ToList();
        await SubmitBatchAsync(client, works);
    }

    /// <summary>Submits until the server does not answer any more; what was cut off under a key is repeated first.</summary>
    public Task SubmitUntilGoneAsync() => Task.WhenAll(Enumerable.Range(0, Count).Select(SubmitUntilGoneAsync));

    private async Task SubmitUntilGoneAsync(int submitter)
    {
        using var client = server.ImpatientClient();
        using var pace = new PeriodicTimer(Pace);
        var pending = new List<Work>();
        try
        {
            while (_inDoubt.TryDequeue(out var cutOff))
            {
                pending = [cutOff];
                await SubmitOneAsync(client, cutOff);
                Repeated++;
            }

            for (var turn = submitter; ; turn++)
            {
                pending = Turn(turn);
                if (pending.Count == 1) await SubmitOneAsync(client, pending[0]);
                else await SubmitBatchAsync(client, pending);
                pending = [];
                await pace.WaitForNextTickAsync();
            }
        }
        catch (ProblemException gone) when (gone.Problem.Code == ProblemCodes.Unavailable)
        {
            foreach (var work in pending.Where(work => work.Request.IdempotencyKey is not null)) _inDoubt.Enqueue(work);
        }
    }

    private List<Work> Turn(int turn) => (turn % 6) switch
    {
        0 => [Next(WorkKind.Short, isKeyed: true)],
        1 => [Next(WorkKind.WriteOnce, isKeyed: turn % 12 == 1)],
        2 => [.. Enumerable.Range(0, BatchSize).Select(i => Next(WorkKind.Short, isKeyed: i % 2 == 0))],
        3 => [Next(WorkKind.WriteAgain, isKeyed: true)],
        4 when turn % 12 == 4 => [Next(WorkKind.Rows, isKeyed: false)],
        _ => [Next(WorkKind.Short, isKeyed: false)],
    };

    private Work Next(WorkKind kind, bool isKeyed) => Work.Of(kind, Interlocked.Increment(ref _number), isKeyed);

    private async Task SubmitOneAsync(MeanwhileClient jobs, Work work) => Remember(work, (await jobs.SubmitAsync(work.Request, CancellationToken.None)).Job.Id);

    private async Task SubmitBatchAsync(MeanwhileClient jobs, List<Work> works)
    {
        var items = await jobs.SubmitAsync([.. works.Select(work => work.Request)], CancellationToken.None);
        foreach (var (work, item) in works.Zip(items))
        {
            if (item.Accepted is { } accepted) Remember(work, accepted.Job.Id);
            else if (work.Request.IdempotencyKey is not null) _inDoubt.Enqueue(work);
        }
    }

    private void Remember(Work work, JobId id)
    {
        Assert.True(_acknowledged.GetOrAdd(id, work) == work, $"{id} was given to two submissions");
        if (work.Request.IdempotencyKey is { } key) Assert.Equal(id, _byKey.GetOrAdd(key, id));
    }
}
