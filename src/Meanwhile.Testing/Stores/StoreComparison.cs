using System.Globalization;
using Meanwhile.Claims;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;
using Meanwhile.Stores;
using Xunit;

namespace Meanwhile.Testing.Stores;

/// <summary>Drives a store and the model side by side through a generated sequence of operations; whatever either answers, the other must answer too.</summary>
/// <remarks>Both stores must be new, inline or awaited one call at a time, and their clocks at the same time. A failure names the seed and the step.</remarks>
public sealed class StoreComparison
{
    private readonly StoreUnderTest _store;
    private readonly StoreUnderTest _model;
    private readonly Random _random;
    private readonly JobIdMaker _ids;
    private readonly List<JobId> _jobs = [];
    private readonly List<AttemptFence> _fences = [];
    private readonly List<AttemptEnd> _ends = [];
    private NodeEpoch _node = new("n", 0);

    private StoreComparison(StoreUnderTest store, StoreUnderTest model, int seed)
    {
        (_store, _model, _random) = (store, model, new Random(seed));
        _ids = new JobIdMaker(store.Time, Draws.Seeded(seed));
    }

    private DateTimeOffset Now => _store.Time.GetUtcNow();

    /// <summary>Runs one sequence.</summary>
    /// <param name="seed">Decides every operation.</param>
    /// <param name="steps">How many.</param>
    public static async Task RunAsync(StoreUnderTest store, StoreUnderTest model, int seed, int steps)
    {
        var comparison = new StoreComparison(store, model, seed);
        for (var step = 0; step < steps; step++)
        {
            var (name, fromStore, fromModel) = await comparison.StepAsync();
            Assert.True(fromStore == fromModel, $"Seed {seed}, step {step}, {name}:\nstore: {fromStore}\nmodel: {fromModel}");
        }

        Assert.Equal(await comparison.WholeAsync(model), await comparison.WholeAsync(store));
    }

    private async Task<(string Name, string Store, string Model)> StepAsync()
    {
        Advance(TimeSpan.FromMilliseconds(_random.Next(1, 2_000)));
        var (name, work) = Choose();
        return (name, await work(_store), await work(_model));
    }

    private void Advance(TimeSpan by)
    {
        _store.Time.Advance(by);
        _model.Time.Advance(by);
    }

    private (string Name, Func<StoreUnderTest, Task<string>> Work) Choose()
    {
        switch (_random.Next(20))
        {
            case < 5: return Submit();
            case < 8: return Claim();
            case < 12: return Finish();
            case 12: return Cancel();
            case 13: return Progress();
            case 14: return Note();
            case 15: return Effects();
            case 16: return Retain();
            case 17: return Nodes();
            default: return Read();
        }
    }

    private (string, Func<StoreUnderTest, Task<string>>) Submit()
    {
        JobSpec[] specs = [.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => NewSpec())];
        _jobs.AddRange(specs.Select(spec => spec.Id));
        if (_random.Next(3) == 0) return Submit(specs, [new UsageLimit((UsageKind)_random.Next(3), OneOf(null, "u"), _random.Next(40)), new UsageLimit(UsageKind.ResultBytes, null, 10_000)]);
        return ("submit", async store => Join((await store.Jobs.SubmitAsync(specs, default)).Select(answer => answer.ToString()!)));
    }

    private static (string, Func<StoreUnderTest, Task<string>>) Submit(JobSpec[] specs, UsageLimit[] limits) =>
        ("limited submit", async store => Join((await store.Usage.SubmitAsync([.. specs.Select(spec => new LimitedJob(spec, limits))], default)).Select(answer => answer.ToString()!)));

    private JobSpec NewSpec()
    {
        if (_jobs.Count > 0 && _random.Next(20) == 0) return BaseSpec() with { Id = Pick(_jobs) };
        var hash = new byte[32];
        hash[0] = (byte)_random.Next(2);
        var spec = BaseSpec() with
        {
            Source = OneOf(null, "s1", "s2"),
            LimitKey = OneOf(null, null, "x"),
            Statement = OneOf(null, "select 1", "select 2"),
            StartDeadlineAt = _random.Next(4) == 0 ? Now.AddSeconds(_random.Next(60)) : null,
            Labels = _random.Next(3) == 0 ? new Dictionary<string, string> { ["l"] = OneOf("a", "b")! } : JobSpec.NoLabels,
        };
        return _random.Next(4) == 0 ? spec with { IdempotencyKey = OneOf("k1", "k2", "k3"), ContentHash = hash } : spec;
    }

    private JobSpec BaseSpec() => new()
    {
        Id = _ids.Next(),
        Project = OneOf("p", "p", "q")!,
        SubmittedBy = OneOf("u", "v")!,
        Tool = OneOf("t", "t", "w")!,
        Priority = _random.Next(3),
        CreatedAt = Now,
        RunAt = Now.AddMilliseconds(_random.Next(3) == 0 ? _random.Next(20_000) : 0),
        MaxAttempts = _random.Next(1, 4),
        Ttl = TimeSpan.FromMinutes(_random.Next(1, 10)),
        Idempotent = _random.Next(2) == 0,
    };

    private (string, Func<StoreUnderTest, Task<string>>) Claim()
    {
        var request = new ClaimRequest
        {
            Node = _node,
            Max = _random.Next(1, 6),
            SourceLimitDefault = _random.Next(1, 5),
            Limits = _random.Next(2) == 0 ? new Dictionary<string, int> { ["project:p"] = 3 } : new Dictionary<string, int>(),
            SharedSources = _random.Next(2) == 0 ? new HashSet<string> { "s1" } : new HashSet<string>(),
            Tools = _random.Next(4) == 0 ? new HashSet<string> { "w" } : new HashSet<string>(),
        };
        return ("claim", async store =>
        {
            if (await store.Jobs.ClaimAsync(request, default) is not ClaimResult.Claimed claimed) return "dead";
            if (store == _store) _fences.AddRange(claimed.Jobs.Select(job => job.Fence));
            return $"{claimed.NextDueAt:O} {claimed.More} " + Join(claimed.Jobs.Select(job => Texts.Of(job.Job) + job.Checkpoint));
        });
    }

    private (string, Func<StoreUnderTest, Task<string>>) Finish()
    {
        if (_ends.Count > 0 && _random.Next(5) == 0) return Finish([Pick(_ends)]);
        if (_fences.Count == 0) return Read();
        AttemptEnd[] ends = [.. Enumerable.Range(0, _random.Next(1, 3)).Select(_ => NewEnd(Pick(_fences)))];
        _ends.AddRange(ends);
        return Finish(ends);
    }

    private static (string, Func<StoreUnderTest, Task<string>>) Finish(AttemptEnd[] ends) => ("finish", async store => Join(await store.Jobs.FinishAsync(ends, default)));

    private AttemptEnd NewEnd(AttemptFence fence) => new(fence, _ids.Next().Value, _random.Next(6) switch
    {
        0 => new AttemptOutcome.Failed(JobError.Of(ErrorKind.Syntax, "wrong", hint: "do it right")),
        1 => new AttemptOutcome.Retry(JobError.Of(ErrorKind.Transient, "again"), Now.AddSeconds(_random.Next(10))),
        2 => new AttemptOutcome.Snooze(Now.AddSeconds(_random.Next(10)), "busy"),
        3 => new AttemptOutcome.HandBack(),
        4 => new AttemptOutcome.Stopped(Now, "interrupted", Now),
        _ => new AttemptOutcome.Succeeded(new ResultManifest { Attempt = fence.Attempt, Fence = fence.Fence, Summary = "1", Object = "o" }),
    });

    private (string, Func<StoreUnderTest, Task<string>>) Cancel()
    {
        if (_jobs.Count == 0) return Read();
        var request = new CancelRequest(Pick(_jobs), "u");
        return ("cancel", async store => Join(await store.Jobs.RequestCancelAsync([request], default)));
    }

    private (string, Func<StoreUnderTest, Task<string>>) Progress()
    {
        if (_fences.Count == 0) return Read();
        var report = new ProgressReport(Pick(_fences), new JobProgress { Number = _random.Next(10), Fraction = _random.Next(10) / 10d, Message = "on" }, _random.Next(2) == 0);
        return ("progress", async store => Join((await store.Jobs.SaveProgressAsync([report], default)).Select(result => result.ToString())));
    }

    private (string, Func<StoreUnderTest, Task<string>>) Note()
    {
        if (_fences.Count == 0) return Read();
        var fence = Pick(_fences);
        var note = new CancelNote(fence, Now, OneOf(null, "answer"), null, _random.Next(2) == 0);
        return _random.Next(2) == 0
            ? ("note", async store => Join(await store.Jobs.NoteCancelAsync([note], default)))
            : ("over time", async store => Join(await store.Jobs.MarkOverTimeAsync([fence], default)));
    }

    private (string, Func<StoreUnderTest, Task<string>>) Effects()
    {
        if (_fences.Count == 0) return Read();
        var fence = Pick(_fences);
        return _random.Next(2) == 0
            ? ("effects", async store => Join([await store.Jobs.BeginEffectsAsync(fence, commitIsMarked: false, default)]))
            : ("checkpoint", async store => (await store.Jobs.SaveCheckpointAsync(fence, "{}", default)).ToString());
    }

    private (string, Func<StoreUnderTest, Task<string>>) Retain()
    {
        if (_random.Next(2) == 0) return ("miss starts", async store => Join((await store.Jobs.MissStartsAsync(3, default)).Select(Texts.Of)));
        Advance(TimeSpan.FromMinutes(_random.Next(3)));
        var request = new RetentionRequest(TimeSpan.FromMinutes(_random.Next(10, 20)), TimeSpan.FromHours(10), _random.Next(1, 20));
        return ("retain", async store => (await store.Jobs.RetainAsync(request, default)).ToString());
    }

    private (string, Func<StoreUnderTest, Task<string>>) Nodes()
    {
        if (_node.Epoch > 0 && _random.Next(4) == 0) return ("declare dead", async store => Join((await store.Nodes.DeclareDeadAsync(_node, default)).Order().Select(id => id.ToString())));
        var registration = new NodeRegistration(OneOf("n", "n", "w@p")!, "h", 1, "1");
        return ("register", async store =>
        {
            var registered = await store.Nodes.RegisterAsync(registration, default);
            if (store == _model) _node = registered.Node; // the model answers last
            return registered.Node + Join(registered.Rescued.Order().Select(id => id.ToString()));
        });
    }

    private (string, Func<StoreUnderTest, Task<string>>) Read()
    {
        var filter = new JobFilter
        {
            Project = OneOf("p", "q")!,
            Statuses = _random.Next(2) == 0 ? new HashSet<JobStatus> { (JobStatus)_random.Next(7), (JobStatus)_random.Next(7) } : new HashSet<JobStatus>(),
            Scheduled = _random.Next(5) == 0 ? true : null,
            Tool = OneOf(null, null, "t"),
            Source = OneOf(null, null, "s1"),
            Words = OneOf(null, null, "select 2", "WRONG"),
            Labels = _random.Next(5) == 0 ? new Dictionary<string, string> { ["l"] = "a" } : JobSpec.NoLabels,
        };
        return ("list", async store => Join((await store.Reader.ListAsync(filter, null, 10, default)).Jobs.Select(Texts.Of)));
    }

    /// <summary>All that a store can tell in the end.</summary>
    private async Task<string> WholeAsync(StoreUnderTest store)
    {
        var records = new List<string>();
        foreach (var ids in _jobs.Distinct().Chunk(500))
        {
            records.AddRange((await store.Reader.GetAsync(ids, default)).Select(record => record is null ? "none" : Texts.Of(record)));
            records.AddRange((await store.Reader.PositionsAsync(ids, default)).Select(position => Convert.ToString(position, CultureInfo.InvariantCulture) ?? "none"));
        }

        foreach (var project in (string[])["p", "q"])
        {
            records.AddRange((await store.Reader.CountAsync(project, default)).OrderBy(count => count.Status).Select(count => count.ToString()));
            foreach (var principal in (string?[])[null, "u", "v"]) records.Add((await store.Usage.ReadAsync(project, principal, default)).ToString());
            EventCursor? cursor = null;
            while (await store.Events.ReadAsync(project, cursor, new EventFilter(null, new HashSet<EventKind>()), 100, default) is EventRead.Events { Items.Count: > 0 } read)
            {
                records.AddRange(read.Items.Select(Texts.Of));
                cursor = read.Next;
            }
        }

        records.AddRange((await store.Reader.OwnedAsync(_node, default)).Select(Texts.Of));
        return string.Join('\n', records);
    }

    private static string Join(IEnumerable<JobWrite> writes) => Join(writes.Select(write => write.Result + (write.Job is null ? "" : Texts.Of(write.Job))));

    private static string Join(IEnumerable<string> texts) => string.Join('\n', texts);

    private T Pick<T>(List<T> items) => items[^_random.Next(1, Math.Min(items.Count, 20) + 1)];

    private string? OneOf(params string?[] choices) => choices[_random.Next(choices.Length)];
}
