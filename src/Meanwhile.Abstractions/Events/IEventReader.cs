using Meanwhile.Jobs;

namespace Meanwhile.Events;

/// <summary>A place in the feed that lasts: <paramref name="Incarnation"/> names the history that numbered it.</summary>
/// <param name="Incarnation">The store's; a place of another one means nothing here.</param>
/// <param name="After">The number of the last event that was seen; 0 = from the oldest.</param>
public readonly record struct EventCursor(Guid Incarnation, long After);

/// <summary>Which events a reader wants, besides their project.</summary>
/// <param name="Job">Only this job's; null = all.</param>
/// <param name="Kinds">Only these; empty = all.</param>
public sealed record EventFilter(JobId? Job, IReadOnlySet<EventKind> Kinds);

/// <summary>What a read of the feed answers. Closed: the cases are those nested here.</summary>
public abstract record EventRead
{
    private EventRead()
    {
    }

    /// <summary>Events in the order of their numbers; empty when there is nothing newer yet.</summary>
    /// <param name="Next">Where to go on: past everything looked at, also what the filter passed over.</param>
    public sealed record Events(IReadOnlyList<JobEvent> Items, EventCursor Next) : EventRead;

    /// <summary>The place is of another incarnation, above the highest number, or older than the oldest event kept.</summary>
    /// <param name="Oldest">From where the feed can be read.</param>
    public sealed record Gone(EventCursor Oldest) : EventRead;
}

/// <summary>Reads the feed. No event is lost, repeated or reordered to a reader that goes on from the cursor it was given.</summary>
/// <remarks>Safe for concurrent use.</remarks>
public interface IEventReader
{
    /// <summary>Reads a project's events after a place.</summary>
    /// <param name="after">Null = from the oldest kept.</param>
    /// <param name="limit">At most so many: 1 to 1,000.</param>
    /// <exception cref="Stores.StoreUnavailableException">The store did not answer.</exception>
    ValueTask<EventRead> ReadAsync(string project, EventCursor? after, EventFilter filter, int limit, CancellationToken cancellationToken);

    /// <summary>Where the feed ends now: a reader that starts here sees only what is new.</summary>
    ValueTask<EventCursor> EndAsync(CancellationToken cancellationToken);
}
