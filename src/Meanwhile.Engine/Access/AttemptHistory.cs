using Meanwhile.Events;

namespace Meanwhile.Access;

/// <summary>Tells a job's attempts from its events: a pure function.</summary>
internal static class AttemptHistory
{
    /// <summary>The attempts, oldest first.</summary>
    /// <param name="events">The job's events in order; progress may be left out.</param>
    public static IReadOnlyList<AttemptInfo> Of(IEnumerable<JobEventData> events)
    {
        List<AttemptInfo> attempts = [];
        foreach (var item in events)
        {
            if (item.Kind == EventKind.Started) attempts.Add(new AttemptInfo(item.Attempt, item.Detail?.Node, item.At, null, null, null));
            else if (attempts.Count > 0 && attempts[^1].EndedAt is null && Outcome(item.Kind) is { } outcome) attempts[^1] = attempts[^1] with { EndedAt = item.At, Outcome = outcome, Error = item.Detail?.Error };
        }

        return attempts;
    }

    private static string? Outcome(EventKind kind) => kind switch
    {
        EventKind.Succeeded => "succeeded",
        EventKind.Failed => "failed",
        EventKind.Canceled => "canceled",
        EventKind.TimedOut => "timeout",
        EventKind.Retried => "retried",
        EventKind.Snoozed => "snoozed",
        EventKind.HandedBack => "handed_back",
        EventKind.Rescued => "rescued",
        EventKind.Submitted or EventKind.Started or EventKind.Progressed or EventKind.CancelRequested or EventKind.CancelSent or EventKind.CancelUnconfirmed => null,
    };
}
