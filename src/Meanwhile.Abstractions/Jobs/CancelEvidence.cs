using System.Text.Json.Serialization;

namespace Meanwhile.Jobs;

/// <summary>Why a running attempt is being stopped.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CancelReason>))]
public enum CancelReason
{
    /// <summary>A principal asked for it.</summary>
    [JsonStringEnumMemberName("requested")] Requested,

    /// <summary>It ran longer than its timeout.</summary>
    [JsonStringEnumMemberName("timeout")] Timeout,
}

/// <summary>What is known of the stopping of a job's work: the proof that a cancel was real, or that it could not be proven.</summary>
public sealed record CancelEvidence
{
    /// <summary>Why.</summary>
    public required CancelReason Reason { get; init; }

    /// <summary>When the intent was stored.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>The principal who asked; null for a timeout.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>When the source, or the tool, was told; null while it was not, or when no work had begun.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>What the source answered, in its words or ours; null while there is no answer.</summary>
    public string? Answer { get; init; }

    /// <summary>When the work was seen gone; null while it was not.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>True once the work did not go within the time allowed for it and is still being watched.</summary>
    public bool Unconfirmed { get; init; }
}
