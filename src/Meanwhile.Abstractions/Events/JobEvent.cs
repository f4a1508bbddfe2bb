using System.Text.Json.Serialization;
using Meanwhile.Jobs;

namespace Meanwhile.Events;

/// <summary>What happened to a job.</summary>
public enum EventKind
{
    /// <summary>Accepted.</summary>
    Submitted,

    /// <summary>An attempt began.</summary>
    Started,

    /// <summary>The attempt got on: at most every 5 points or 5 seconds.</summary>
    Progressed,

    /// <summary>The attempt failed and another will follow.</summary>
    Retried,

    /// <summary>Put back for later, uncounted.</summary>
    Snoozed,

    /// <summary>Given back by a node that shuts down, uncounted.</summary>
    HandedBack,

    /// <summary>Taken from a dead node.</summary>
    Rescued,

    /// <summary>Somebody, or the timeout, asked for the work to be stopped.</summary>
    CancelRequested,

    /// <summary>The source was told, or answered.</summary>
    CancelSent,

    /// <summary>The work did not go within the time allowed for it.</summary>
    CancelUnconfirmed,

    /// <summary>Ended: done.</summary>
    Succeeded,

    /// <summary>Ended: failed.</summary>
    Failed,

    /// <summary>Ended: canceled.</summary>
    Canceled,

    /// <summary>Ended: timeout.</summary>
    TimedOut,
}

/// <summary>The words of the event kinds.</summary>
public static class EventKinds
{
    /// <summary>Every kind.</summary>
    public static IReadOnlyList<EventKind> All { get; } = Enum.GetValues<EventKind>();

    extension(EventKind kind)
    {
        /// <summary>The word used in JSON and tables.</summary>
        public string Word => kind switch
        {
            EventKind.Submitted => "job.submitted",
            EventKind.Started => "job.started",
            EventKind.Progressed => "job.progress",
            EventKind.Retried => "job.retried",
            EventKind.Snoozed => "job.snoozed",
            EventKind.HandedBack => "job.handed_back",
            EventKind.Rescued => "job.rescued",
            EventKind.CancelRequested => "job.cancel_requested",
            EventKind.CancelSent => "job.cancel_sent",
            EventKind.CancelUnconfirmed => "job.cancel_unconfirmed",
            EventKind.Succeeded => "job.succeeded",
            EventKind.Failed => "job.failed",
            EventKind.Canceled => "job.canceled",
            EventKind.TimedOut => "job.timeout",
        };

        /// <summary>True of the four endings: a job has exactly one such event, its last.</summary>
        public bool IsEnding => kind is EventKind.Succeeded or EventKind.Failed or EventKind.Canceled or EventKind.TimedOut;
    }

    /// <summary>The kind that a word names; null when none.</summary>
    public static EventKind? FromWord(string word)
    {
        foreach (var kind in All)
        {
            if (kind.Word == word) return kind;
        }

        return null;
    }

    /// <summary>The event of an ending.</summary>
    /// <param name="status">A final status.</param>
    public static EventKind OfEnding(JobStatus status) => status switch
    {
        JobStatus.Succeeded => EventKind.Succeeded,
        JobStatus.Failed => EventKind.Failed,
        JobStatus.Canceled => EventKind.Canceled,
        JobStatus.Timeout => EventKind.TimedOut,
        JobStatus.Blocked or JobStatus.Pending or JobStatus.Running => throw new ArgumentOutOfRangeException(nameof(status), status, "Not an ending."),
    };
}

/// <summary>What an event says besides its kind; what does not apply is null.</summary>
public sealed record EventDetail
{
    /// <summary>The node that runs the attempt.</summary>
    public string? Node { get; init; }

    /// <summary>Why the attempt or the job failed.</summary>
    public JobError? Error { get; init; }

    /// <summary>When the next attempt is due.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>Who asked for the cancel.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>For a person.</summary>
    public string? Message { get; init; }

    /// <summary>How far it is: 0 to 1.</summary>
    public double? Fraction { get; init; }

    /// <summary>How long the attempt's log is by now.</summary>
    public long? LogBytes { get; init; }
}

/// <summary>An event as a transition makes it, before a store has numbered it for the feed.</summary>
/// <param name="JobNumber">The event's place among the job's: from 1, without a gap.</param>
/// <param name="Status">The job's status after it.</param>
/// <param name="Attempt">The attempt that it belongs to; 0 before the first.</param>
public sealed record JobEventData(long JobNumber, EventKind Kind, DateTimeOffset At, JobStatus Status, int Attempt, EventDetail? Detail);

/// <summary>An event in a project's feed.</summary>
/// <param name="Number">The event's place in the feed: ascending, with gaps.</param>
/// <param name="Project">The project whose job it is.</param>
/// <param name="Job">The job.</param>
/// <param name="Sequence">The job's sequence, of which its short id is made.</param>
public sealed record JobEvent(long Number, string Project, JobId Job, long Sequence, JobEventData Data);

/// <summary>The JSON of what stores keep of events.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EventDetail))]
public sealed partial class EventJson : JsonSerializerContext;
