using Meanwhile.Diagnostics;
using Meanwhile.Events;
using Meanwhile.Jobs;

namespace Meanwhile.Nodes;

/// <summary>Tells other nodes what was committed here, many things in one hint, and wakes those who wait here for what others tell.</summary>
internal sealed class NodeHerald
{
    /// <summary>Hints go out at most so often: what happens meanwhile goes with the next.</summary>
    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ListenAgainAfter = TimeSpan.FromSeconds(1);

    private readonly INodeStore _nodes;
    private readonly JobChanges _changes;
    private readonly StorePatience _patience;
    private readonly TimeProvider _time;
    private readonly AsyncSignal _news = new();
    private readonly Lock _gate = new();
    private readonly HashSet<JobId> _jobs = [];
    private readonly HashSet<string> _projects = [];
    private bool _work;
    private bool _cancels;

    public NodeHerald(INodeStore nodes, JobChanges changes, StorePatience patience, TimeProvider time)
    {
        (_nodes, _changes, _patience, _time) = (nodes, changes, patience, time);
        if (nodes.IsShared) changes.Told += Changed;
    }

    /// <summary>Whether there may be other nodes at all.</summary>
    public bool HasOthers => _nodes.IsShared;

    /// <summary>Whether another node lives, as far as was seen: alone, nobody is told anything. One that has just come finds by polling what it was not told.</summary>
    public bool HasCompany { get; set; } = true;

    /// <summary>There may be new due work.</summary>
    public void Work() => Note(() => _work = true);

    /// <summary>Somebody wants running work stopped.</summary>
    public void Cancels() => Note(() => _cancels = true);

    private void Changed(JobId job, string project) => Note(() =>
    {
        if (_jobs.Count < WakeUp.JobsMax) _jobs.Add(job);
        if (_projects.Count < WakeUp.ProjectsMax) _projects.Add(project);
    });

    private void Note(Action news)
    {
        if (!_nodes.IsShared || !HasCompany) return;
        lock (_gate) news();
        _news.Fire();
    }

    /// <summary>Tells until cancelled.</summary>
    public async Task TellAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (!await _news.WaitAsync(LookEvery, _time, cancellationToken)) continue;
                if (Take() is { } told) await _patience.TryAsync("telling other nodes", stop => _nodes.TellAsync(told, stop), cancellationToken);
                await Task.Delay(TellEvery, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the engine stops
        }
    }

    /// <summary>Listens until cancelled; when the connection is lost, again after a moment. What was told meanwhile is found by polling.</summary>
    /// <param name="work">Told that there may be due work.</param>
    /// <param name="cancels">Told that running work may be wanted stopped.</param>
    /// <param name="enqueued">Told that somebody committed submissions with a transaction of their own.</param>
    public async Task ListenAsync(Action work, Func<CancellationToken, ValueTask> cancels, Func<CancellationToken, ValueTask> enqueued, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _patience.TryAsync("listening to other nodes", stop => HearAsync(work, cancels, enqueued, stop), cancellationToken);
                await Task.Delay(ListenAgainAfter, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the engine stops
        }
    }

    private async ValueTask HearAsync(Action work, Func<CancellationToken, ValueTask> cancels, Func<CancellationToken, ValueTask> enqueued, CancellationToken cancellationToken)
    {
        await foreach (var told in _nodes.ListenAsync(cancellationToken))
        {
            if (told.Work) work();
            if (told.Work) _changes.Work.FireAll(); // which tool's is not told
            if (told.Cancels) await cancels(cancellationToken);
            if (told.Enqueued) await enqueued(cancellationToken);
            foreach (var job in told.Jobs) _changes.Jobs.Fire(job); // not Tell: nobody tells on what others told
            foreach (var project in told.Projects) _changes.Projects.Fire(project);
        }
    }

    private WakeUp? Take()
    {
        lock (_gate)
        {
            if (!_work && !_cancels && _jobs.Count == 0) return null;
            var told = new WakeUp(_work, _cancels, [.. _jobs], [.. _projects]);
            (_work, _cancels) = (false, false);
            _jobs.Clear();
            _projects.Clear();
            return told;
        }
    }
}
