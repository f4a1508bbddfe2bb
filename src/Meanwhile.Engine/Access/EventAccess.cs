using Meanwhile.Diagnostics;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Problems;

namespace Meanwhile.Access;

/// <summary>Reads the feed for a caller.</summary>
internal sealed class EventAccess(JobLookup lookup, Stores.IJobReader reader, IEventReader events, JobChanges changes, ShortIds shortIds, TimeProvider time, EngineStop stop)
{
    private const int LimitDefault = 100;
    private const int LimitMax = 1_000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly HashSet<EventKind> AttemptKinds = [.. EventKinds.All.Where(kind => kind != EventKind.Progressed)];

    /// <summary>A page of events, waiting for the first if asked to.</summary>
    public async ValueTask<EventPage> ReadAsync(string? job, EventQuery query, Caller caller, CancellationToken cancellationToken)
    {
        var filter = await FilterAsync(job, query, caller, cancellationToken);
        var limit = query.Limit ?? LimitDefault;
        var cursor = query.Cursor switch
        {
            null => (EventCursor?)null,
            "now" => await events.EndAsync(cancellationToken),
            var text => Cursors.ToEvents(text),
        };
        var start = time.GetTimestamp();
        while (true)
        {
            using var changed = changes.Projects.Arm(caller.Project);
            var read = await ReadOnceAsync(caller.Project, cursor, filter, limit, cancellationToken);
            cursor = read.Next;
            var visible = await VisibleAsync(read.Items, caller, cancellationToken);
            var left = query.Wait - time.GetElapsedTime(start);
            if (visible.Count > 0 || left <= TimeSpan.Zero || stop.Token.IsCancellationRequested) return Page(visible, read.Next);
            if (read.Items.Count == 0) await stop.AnyAsync(changed.Fired, left < LookEvery ? left : LookEvery, time, cancellationToken);
        }
    }

    /// <summary>A job's attempts, as its events tell them.</summary>
    public async ValueTask<IReadOnlyList<AttemptInfo>> AttemptsAsync(string job, Caller caller, CancellationToken cancellationToken)
    {
        var record = await lookup.RecordAsync(job, caller, cancellationToken);
        var filter = new EventFilter(record.Id, AttemptKinds);
        List<JobEventData> all = [];
        EventCursor? cursor = null;
        while (true)
        {
            var read = await ReadOnceAsync(caller.Project, cursor, filter, LimitMax, cancellationToken);
            if (read.Items.Count == 0) return AttemptHistory.Of(all);
            all.AddRange(read.Items.Select(item => item.Data));
            cursor = read.Next;
        }
    }

    private async ValueTask<EventFilter> FilterAsync(string? job, EventQuery query, Caller caller, CancellationToken cancellationToken)
    {
        List<FieldError> errors = [];
        HashSet<EventKind> kinds = [];
        foreach (var word in query.Kinds)
        {
            if (EventKinds.FromWord(word) is { } kind) kinds.Add(kind);
            else errors.Add(new FieldError("kind", $"is '{RequestCheck.Shown(word)}'; {string.Join(", ", EventKinds.All.Select(known => known.Word))} are accepted"));
        }

        if (query.Limit is < 1 or > LimitMax) errors.Add(new FieldError("limit", $"is {query.Limit}; 1 to {LimitMax} is accepted"));
        if (query.Wait < TimeSpan.Zero || query.Wait > JobReading.WaitMax) errors.Add(new FieldError("wait", $"is {query.Wait.TotalSeconds} s; 0 to {JobReading.WaitMax.TotalSeconds} s is accepted"));
        if (errors.Count > 0) throw SpecMaker.Invalid(errors);
        return new EventFilter(job is null ? null : (await lookup.RecordAsync(job, caller, cancellationToken)).Id, kinds);
    }

    private async ValueTask<EventRead.Events> ReadOnceAsync(string project, EventCursor? cursor, EventFilter filter, int limit, CancellationToken cancellationToken) =>
        await events.ReadAsync(project, cursor, filter, limit, cancellationToken) switch
        {
            EventRead.Events read => read,
            EventRead.Gone gone => throw new ProblemException(new Problem
            {
                Code = ProblemCodes.Gone,
                Detail = "The cursor is older than the oldest event kept, or of another history of this store. Start anew from oldest_cursor.",
                OldestCursor = Cursors.OfEvents(gone.Oldest),
            }),
            var other => throw new InvalidOperationException($"{other} is no answer of the feed."),
        };

    private async ValueTask<IReadOnlyList<JobEvent>> VisibleAsync(IReadOnlyList<JobEvent> items, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.SeesAllJobs || items.Count == 0) return items;
        var ids = items.Select(item => item.Job).Distinct().ToList();
        var visible = (await reader.GetAsync(ids, cancellationToken)).OfType<JobRecord>().Where(record => JobLookup.IsVisible(record, caller)).Select(record => record.Id).ToHashSet();
        return [.. items.Where(item => visible.Contains(item.Job))];
    }

    private EventPage Page(IReadOnlyList<JobEvent> items, EventCursor next) => new(
        [.. items.Select(item => new EventView(Cursors.OfEvents(next with { After = item.Number }), shortIds.Format(item.Sequence), item))],
        Cursors.OfEvents(next));
}
