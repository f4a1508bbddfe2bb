using Meanwhile.Claims;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;
using Meanwhile.Stores;
using Meanwhile.Testing.Time;
using Xunit;

namespace Meanwhile.Testing.Stores;

/// <summary>What the suites of the store ports share: a fresh store for each test, one registered node, and short words for what tests do.</summary>
public abstract class StoreConformance : IAsyncLifetime
{
    private readonly Action<Span<byte>> _draw = Draws.Seeded(7);
    private JobIdMaker? _ids;
    private StoreUnderTest? _store;

    /// <summary>Opens a new, empty store.</summary>
    protected abstract ValueTask<StoreUnderTest> OpenAsync();

    /// <summary>The store of this test.</summary>
    protected StoreUnderTest Store => _store!;

    /// <summary>Its clock.</summary>
    protected ManualTimeProvider Time => Store.Time;

    /// <summary>The store's time.</summary>
    protected DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>The node that the test registered at first.</summary>
    protected NodeEpoch Node { get; private set; }

    /// <summary>Ends a test that waits for what does not come.</summary>
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _store = await OpenAsync();
        _ids = new JobIdMaker(Time, _draw);
        Node = await RegisterAsync("a");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Store.Closing();
        GC.SuppressFinalize(this);
    }

    /// <summary>A new id.</summary>
    protected JobId NewId() => _ids!.Next();

    /// <summary>A new uuid for a finish.</summary>
    protected Guid NewFinishId() => NewId().Value;

    /// <summary>A small job of project p and tool t, due now.</summary>
    protected JobSpec Spec() => new() { Id = NewId(), Project = "p", SubmittedBy = "k1", Tool = "t", CreatedAt = Now, RunAt = Now };

    /// <summary>Submits one job.</summary>
    protected async Task<JobSpec> SubmitAsync(JobSpec? spec = null)
    {
        spec ??= Spec();
        Assert.IsType<Submission.Accepted>((await Store.Jobs.SubmitAsync([spec], Token))[0]);
        return spec;
    }

    /// <summary>Registers a node by name.</summary>
    protected async Task<NodeEpoch> RegisterAsync(string name) => (await Store.Nodes.RegisterAsync(new NodeRegistration(name, "host", 1, "1.0"), Token)).Node;

    /// <summary>Claims.</summary>
    protected async Task<ClaimResult.Claimed> ClaimAsync(ClaimRequest request) => Assert.IsType<ClaimResult.Claimed>(await Store.Jobs.ClaimAsync(request, Token));

    /// <summary>Claims up to so many jobs, without limits.</summary>
    protected Task<ClaimResult.Claimed> ClaimAsync(int max = 100) => ClaimAsync(Request(max));

    /// <summary>A claim of the test's node, without limits.</summary>
    protected ClaimRequest Request(int max = 100) => new() { Node = Node, Max = max, SourceLimitDefault = int.MaxValue };

    /// <summary>Claims one job.</summary>
    protected async Task<AttemptFence> ClaimOneAsync() => Assert.Single((await ClaimAsync(1)).Jobs).Fence;

    /// <summary>Submits a job and claims it.</summary>
    protected async Task<AttemptFence> StartAsync(JobSpec? spec = null)
    {
        var id = (await SubmitAsync(spec)).Id;
        var fence = await ClaimOneAsync();
        Assert.Equal(id, fence.Job);
        return fence;
    }

    /// <summary>Finishes an attempt.</summary>
    protected async Task<JobWrite> FinishAsync(AttemptFence fence, AttemptOutcome outcome, Guid? finishId = null) =>
        (await Store.Jobs.FinishAsync([new AttemptEnd(fence, finishId ?? NewFinishId(), outcome)], Token))[0];

    /// <summary>Submits, claims and ends a job well.</summary>
    protected async Task<JobId> SucceedAsync(JobSpec? spec = null)
    {
        var fence = await StartAsync(spec);
        Assert.Equal(WriteResult.Applied, (await FinishAsync(fence, Succeeded(fence))).Result);
        return fence.Job;
    }

    /// <summary>A good ending with rows.</summary>
    protected static AttemptOutcome Succeeded(AttemptFence fence) => new AttemptOutcome.Succeeded(new ResultManifest
    {
        Attempt = fence.Attempt,
        Fence = fence.Fence,
        Object = $"results/{fence}",
        Statements =
        [
            new StatementResult
            {
                Columns = [new ResultColumn { Name = "n", Type = "integer", Nullable = true }],
                Rows = 3,
                Partitions = [new ResultPartition { Offset = 0, Length = 30, DecodedLength = 60, FirstRow = 0, Rows = 3, Checksum = 4_000_000_000 }],
            },
        ],
        Summary = """{"n":3}""",
    });

    /// <summary>A bad ending.</summary>
    protected static AttemptOutcome Failed(string message = "no such column: x") => new AttemptOutcome.Failed(JobError.Of(ErrorKind.Syntax, message));

    /// <summary>The job, which must be there.</summary>
    protected async Task<JobRecord> GetAsync(JobId id) => Assert.IsType<JobRecord>((await Store.Reader.GetAsync([id], Token))[0]);

    /// <summary>The job's status.</summary>
    protected async Task<JobStatus> StatusAsync(JobId id) => (await GetAsync(id)).State.Status;

    /// <summary>All events of a job, or of the project.</summary>
    protected async Task<IReadOnlyList<JobEvent>> EventsAsync(JobId? job = null, string project = "p") =>
        Assert.IsType<EventRead.Events>(await Store.Events.ReadAsync(project, null, new EventFilter(job, new HashSet<EventKind>()), 1_000, Token)).Items;

    /// <summary>The kinds of a job's events, in order.</summary>
    protected async Task<EventKind[]> KindsAsync(JobId job) => [.. (await EventsAsync(job)).Select(item => item.Data.Kind)];
}
