using Meanwhile.Jobs;

namespace Meanwhile.Workers;

/// <summary>Adds what a worker reports to what is known: pure functions, because any server may take the next report.</summary>
internal static class ProgressSteps
{
    /// <summary>A durable event with the first report, and each time one of these steps is passed: at most 21 an attempt.</summary>
    private const double EventSteps = 20;

    private const int CountersMax = 32;

    /// <summary>What is to be stored of a report, and whether it is worth an event.</summary>
    public static (JobProgress Progress, bool AsEvent) Next(JobProgress? before, WorkerProgress report)
    {
        before ??= new JobProgress();
        var fraction = report.Fraction is { } given ? Math.Max(before.Fraction ?? 0, given) : before.Fraction;
        var progress = before with
        {
            Fraction = fraction,
            Message = report.Message ?? before.Message,
            Phase = JobPhase.Executing,
            Counters = report.Counters.Count == 0 ? before.Counters : Merged(before.Counters, report.Counters),
            Number = before.Number + 1,
        };
        return (progress, before.Number == 0 || Step(fraction) > Step(before.Fraction));
    }

    /// <summary>What is to be stored once the log has grown.</summary>
    public static (JobProgress Progress, bool AsEvent) Next(JobProgress? before, long logBytes)
    {
        before ??= new JobProgress();
        return (before with { LogBytes = Math.Max(before.LogBytes, logBytes), Phase = JobPhase.Executing, Number = before.Number + 1 }, before.LogBytes == 0);
    }

    private static double Step(double? fraction) => Math.Floor((fraction ?? 0) * EventSteps);

    private static Dictionary<string, long> Merged(IReadOnlyDictionary<string, long> before, IReadOnlyDictionary<string, long> reported)
    {
        var all = new Dictionary<string, long>(before);
        foreach (var (name, value) in reported)
        {
            if (all.Count < CountersMax || all.ContainsKey(name)) all[name] = value;
        }

        return all;
    }
}
