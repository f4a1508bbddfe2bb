using Meanwhile.Blobs;
using Meanwhile.Dispatch;
using Meanwhile.Settings;
using Meanwhile.Stores;

namespace Meanwhile.Access;

/// <summary>A project, and this node, in numbers.</summary>
internal sealed class Statistics(IJobReader reader, IBlobStore blobs, Dispatcher dispatcher, TimeProvider time, EngineOptions options)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>The numbers.</summary>
    public async ValueTask<Stats> ReadAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Sources is not null) throw new Problems.ProblemException(Problems.ProblemCodes.Forbidden, "This key is for some of the project's sources; the project's numbers count the jobs of all.");
        if (caller.OwnJobsOnly) throw new Problems.ProblemException(Problems.ProblemCodes.Forbidden, "This key sees only its own jobs; the project's numbers are not among them.");
        return new Stats
        {
            Jobs = await reader.CountAsync(caller.Project, cancellationToken),
            NodeRunning = dispatcher.RunningCount,
            NodeConcurrency = options.Concurrency,
            Uptime = time.GetElapsedTime(_start),
            FreeBytes = await blobs.FreeBytesAsync(cancellationToken),
            MemoryBytes = Environment.WorkingSet,
        };
    }
}
