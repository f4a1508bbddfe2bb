using Meanwhile.Events;
using Meanwhile.Jobs;

namespace Meanwhile.Testing.Stores;

public sealed partial class ModelStore : IEventReader
{
    private readonly List<JobEvent> _events = [];
    private readonly Dictionary<string, long> _droppedTo = [];
    private long _lastEvent;

    /// <inheritdoc/>
    public ValueTask<EventRead> ReadAsync(string project, EventCursor? after, EventFilter filter, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var droppedTo = _droppedTo.GetValueOrDefault(project);
            var place = after?.After ?? 0;
            var isGone = (after is not null && after.Value.Incarnation != Incarnation) || place > _lastEvent || (place != 0 && place < droppedTo);
            if (isGone) return ValueTask.FromResult<EventRead>(new EventRead.Gone(new EventCursor(Incarnation, droppedTo)));

            List<JobEvent> found = [.. _events.Where(item => item.Number > place && item.Project == project && Matches(item, filter)).Take(limit)];
            var next = found.Count == limit ? found[^1].Number : _lastEvent;
            return ValueTask.FromResult<EventRead>(new EventRead.Events(found, new EventCursor(Incarnation, next)));
        }
    }

    /// <inheritdoc/>
    public ValueTask<EventCursor> EndAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult(new EventCursor(Incarnation, _lastEvent));
    }

    private static bool Matches(JobEvent item, EventFilter filter) =>
        (filter.Job is null || filter.Job == item.Job) && (filter.Kinds.Count == 0 || filter.Kinds.Contains(item.Data.Kind));

    private void AddEvent(JobRecord job, JobEventData data) => _events.Add(new JobEvent(++_lastEvent, job.Spec.Project, job.Id, job.Sequence, data));

    /// <summary>Drops each project's events from its oldest on, up to the first that is young enough.</summary>
    private int DropEvents(DateTimeOffset until, int batchMax)
    {
        var old = _events.GroupBy(item => item.Project).OrderBy(feed => feed.Key, StringComparer.Ordinal).SelectMany(feed => feed.TakeWhile(item => item.Data.At <= until)).Take(batchMax).ToHashSet();
        foreach (var item in old) _droppedTo[item.Project] = Math.Max(_droppedTo.GetValueOrDefault(item.Project), item.Number);
        return _events.RemoveAll(old.Contains);
    }
}
