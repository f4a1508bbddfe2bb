using Meanwhile.Events;
using Meanwhile.Settings;
using Meanwhile.Stores;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Nodes;

/// <summary>Declares workers dead that have been silent for too long, so that their work goes to others.</summary>
/// <remarks>
/// Judges by what this server has seen itself: a counter unchanged for all the time, in at least four readings, by its own monotonic clock. A gap between readings, such as an outage of the store, begins anew.
/// One caller at a time: its loop.
/// </remarks>
internal sealed partial class WorkerWatch(INodeStore nodes, IJobReader reader, WorkerPresence presence, JobChanges changes, TimeProvider time, EngineOptions options, ILogger<WorkerWatch> logger)
{
    private const int ReadingsMin = 4;
    private const int GapFactor = 3;
    private readonly long _start = time.GetTimestamp();
    private readonly Dictionary<NodeEpoch, Sighting> _seen = [];
    private TimeSpan _lastReading;

    private readonly record struct Sighting(long Counter, TimeSpan Since, int Readings);

    /// <summary>How often to look.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>Looks once.</summary>
    public async ValueTask LookAsync(CancellationToken cancellationToken)
    {
        var beats = await nodes.ReadBeatsAsync(cancellationToken);
        foreach (var dead in Silent(beats, time.GetElapsedTime(_start)))
        {
            var rescued = await nodes.DeclareDeadAsync(dead, cancellationToken);
            presence.Forget();
            LogDead(logger, dead, options.WorkerDeadAfter.TotalSeconds, rescued.Count);
            foreach (var chunk in rescued.Chunk(1_000))
            {
                foreach (var job in await reader.GetAsync(chunk, cancellationToken))
                {
                    if (job is not null) changes.Tell(job);
                }
            }
        }
    }

    private List<NodeEpoch> Silent(IReadOnlyList<NodeBeat> beats, TimeSpan elapsed)
    {
        if (elapsed - _lastReading > Every * GapFactor) _seen.Clear(); // it may be we, or the store, who stood still
        _lastReading = elapsed;

        List<NodeEpoch> silent = [];
        Dictionary<NodeEpoch, Sighting> now = [];
        foreach (var beat in beats.Where(beat => beat.Node.IsWorker))
        {
            var seen = _seen.TryGetValue(beat.Node, out var last) && last.Counter == beat.Counter
                ? last with { Readings = last.Readings + 1 }
                : new Sighting(beat.Counter, elapsed, 1);
            if (seen.Readings >= ReadingsMin && elapsed - seen.Since >= options.WorkerDeadAfter) silent.Add(beat.Node);
            else now[beat.Node] = seen;
        }

        _seen.Clear();
        foreach (var (node, sighting) in now) _seen[node] = sighting;
        return silent;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} was silent for {Seconds} s and is taken for dead; {Rescued} jobs of its are run by others")]
    private static partial void LogDead(ILogger logger, NodeEpoch worker, double seconds, int rescued);
}
