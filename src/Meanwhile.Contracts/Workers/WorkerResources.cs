namespace Meanwhile.Contracts;

/// <summary>A registered worker.</summary>
public sealed record WorkerResource
{
    /// <summary>What every further request names.</summary>
    public required string Worker { get; init; }

    /// <summary>This life of it; what every further request names.</summary>
    public long Epoch { get; init; }

    /// <summary>How often to beat.</summary>
    public int BeatEveryMs { get; init; }

    /// <summary>How long without a beat until its work is given to others.</summary>
    public int DeadAfterMs { get; init; }
}

/// <summary>What a claim gave.</summary>
public sealed record WorkerClaimResource
{
    /// <summary>The jobs, in the order to begin them.</summary>
    public required IReadOnlyList<WorkerJobResource> Jobs { get; init; }

    /// <summary>Claim again after so many milliseconds; 0 = at once.</summary>
    public int PollAfterMs { get; init; }
}

/// <summary>A job as a worker needs it.</summary>
public sealed record WorkerJobResource
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>Its short id, for logs.</summary>
    public required string ShortId { get; init; }

    /// <summary>The attempt: what every request for it names.</summary>
    public int Attempt { get; init; }

    /// <summary>The fence: what every request for it names.</summary>
    public long Fence { get; init; }

    /// <summary>The project.</summary>
    public required string Project { get; init; }

    /// <summary>The tool.</summary>
    public required string Tool { get; init; }

    /// <summary>The parameters: an object.</summary>
    public RawJson Params { get; init; }

    /// <summary>What earlier attempts saved.</summary>
    public RawJson? Checkpoint { get; init; }

    /// <summary>How long the attempt may run.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>How many counted attempts there may be.</summary>
    public int MaxAttempts { get; init; }

    /// <summary>The labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The W3C traceparent that came with the submission.</summary>
    public string? Traceparent { get; init; }
}

/// <summary>What a beat is answered with.</summary>
public sealed record WorkerBeatResource
{
    /// <summary>Attempts to stop.</summary>
    public required IReadOnlyList<StoppedAttemptResource> Stop { get; init; }

    /// <summary>True: claim no more, end what is there, and leave.</summary>
    public bool Drain { get; init; }
}

/// <summary>An attempt that is to stop.</summary>
public sealed record StoppedAttemptResource
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>The attempt.</summary>
    public int Attempt { get; init; }

    /// <summary>Its fence.</summary>
    public long Fence { get; init; }

    /// <summary><c>canceled</c> or <c>timeout</c>: stop, and finish as canceled. <c>fenced</c>: stop, and forget it.</summary>
    public required string Reason { get; init; }
}

/// <summary>What is new for an attempt.</summary>
public sealed record WorkerNewsResource
{
    /// <summary>Why it is to stop, <c>canceled</c> or <c>timeout</c>; absent while it is not.</summary>
    public string? Stop { get; init; }
}

/// <summary>What became of a job whose attempt was finished.</summary>
public sealed record FinishedResource
{
    /// <summary>The job; absent from the answer to an endpoint.</summary>
    public string? JobId { get; init; }

    /// <summary>Its status now: <c>pending</c> when another attempt follows.</summary>
    public required string Status { get; init; }
}

/// <summary>What became of a worker that left.</summary>
public sealed record WorkerLeftResource
{
    /// <summary>How many jobs it still had, which went back to the queue uncounted.</summary>
    public int HandedBack { get; init; }
}
