using System.Text.Json.Serialization.Metadata;

namespace Meanwhile.Tools;

/// <summary>Whether a tool's work becomes a job.</summary>
public enum ToolClass
{
    /// <summary>Answered at once, leaves no job. Reserved.</summary>
    Immediate,

    /// <summary>Becomes a job when it is not done within some seconds. Reserved.</summary>
    Eligible,

    /// <summary>Always a job.</summary>
    Job,
}

/// <summary>What the engine must know of a tool.</summary>
public sealed record ToolDescriptor
{
    /// <summary>The name that requests use: 1 to 63 characters of a-z, 0-9, '-', '_' and '.'.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, for people and for models.</summary>
    public required string Description { get; init; }

    /// <summary>Whether the work becomes a job.</summary>
    public ToolClass Class { get; init; } = ToolClass.Job;

    /// <summary>The priority of jobs that do not say: 0 to 10.</summary>
    public int Priority { get; init; }

    /// <summary>How many run at once on one node; null = as many as the node takes.</summary>
    public int? Concurrency { get; init; }

    /// <summary>max_attempts of jobs that do not say.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>How long an attempt may run when the job does not say; null = unlimited.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether the work may run again after it is unknown how far it came: true = at least once (the default; use checkpoints), false = at most once.</summary>
    public bool Repeatable { get; init; } = true;
}

/// <summary>Work that an application registers: typed parameters in, a typed result out, and a job around it.</summary>
/// <remarks>One instance serves all jobs, several at a time.</remarks>
/// <typeparam name="TParams">What a request's params are read as; fields that it does not have are refused.</typeparam>
/// <typeparam name="TResult">Returned as the result's summary: at most 64 KiB of JSON.</typeparam>
public interface ITool<TParams, TResult>
{
    /// <summary>What the engine must know.</summary>
    ToolDescriptor Descriptor { get; }

    /// <summary>How the parameters are read, usually from a source-generated context; the params' schema is made of it.</summary>
    JsonTypeInfo<TParams> ParamsJson { get; }

    /// <summary>How the result is written.</summary>
    JsonTypeInfo<TResult> ResultJson { get; }

    /// <summary>Does the work.</summary>
    /// <param name="cancellationToken">Cancelled when the job is to stop, times out, or the node shuts down; leave soon after.</param>
    /// <exception cref="ToolFailedException">The work failed in a way that says whether to try again; any other exception counts as internal and is tried again.</exception>
    Task<TResult> RunAsync(TParams parameters, IToolContext context, CancellationToken cancellationToken);
}

/// <summary>What running work can tell, and keep.</summary>
public interface IToolContext
{
    /// <summary>The job.</summary>
    Jobs.JobId Job { get; }

    /// <summary>The attempt's ordinal, from 1.</summary>
    int Attempt { get; }

    /// <summary>Reports how far the work is; cheap, may be called often.</summary>
    /// <param name="fraction">0 to 1; a lower one than before is ignored; null when nobody can tell.</param>
    void Progress(double? fraction, string? message = null);

    /// <summary>Sets a counter, such as <c>rows</c>; shown with the progress.</summary>
    void Count(string counter, long value);

    /// <summary>Adds a line to the attempt's log. Bounded: past max_log_bytes (1 MiB) lines are dropped, and the log says so.</summary>
    void Log(string line);

    /// <summary>What an earlier attempt saved; default when there is nothing.</summary>
    T? Checkpoint<T>(JsonTypeInfo<T> json);

    /// <summary>Saves, durably, what the next attempt can go on from: at most 64 KiB of JSON.</summary>
    /// <exception cref="OperationCanceledException">The attempt has another owner by now: stop.</exception>
    ValueTask SaveCheckpointAsync<T>(T checkpoint, JsonTypeInfo<T> json, CancellationToken cancellationToken);

    /// <summary>Gives up for now without spending an attempt; throws, so that the work unwinds.</summary>
    /// <exception cref="ToolSnoozedException">Always.</exception>
    void Snooze(TimeSpan delay, string reason) => throw new ToolSnoozedException(delay, reason);
}

/// <summary>A tool's work failed in a known way.</summary>
public sealed class ToolFailedException(Jobs.JobError error, Exception? inner = null) : Exception(error.Message, inner)
{
    /// <summary>What to record, and whether to try again.</summary>
    public Jobs.JobError Error { get; } = error;
}

/// <summary>A tool's work wants to go on later.</summary>
public sealed class ToolSnoozedException(TimeSpan delay, string reason) : Exception(reason)
{
    /// <summary>How long from now.</summary>
    public TimeSpan Delay { get; } = delay;
}
