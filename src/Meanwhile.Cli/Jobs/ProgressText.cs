using Meanwhile.Cli.Tables;
using Meanwhile.Jobs;

namespace Meanwhile.Cli.Jobs;

/// <summary>How far a job is, in a few words.</summary>
internal static class ProgressText
{
    /// <summary>The words; null when nothing was reported.</summary>
    public static string? Of(Job job)
    {
        if (job.Record.Progress is not { } progress) return null;
        string?[] parts =
        [
            progress.Fraction is { } fraction ? Texts.Invariant($"{fraction * 100:0} %") : null,
            progress.Phase?.Word,
            .. progress.Counters.Select(counter => Texts.Invariant($"{counter.Value:N0} {counter.Key}")),
            progress.Message,
        ];
        var text = string.Join(", ", parts.Where(part => part is { Length: > 0 }));
        return text.Length == 0 ? null : text;
    }

    /// <summary>One line about a job that is being waited for.</summary>
    public static string Line(Job job, DateTimeOffset now)
    {
        var took = job.Duration is { } duration ? Texts.Of(duration) : null;
        var waiting = job.Status == JobStatus.Pending ? job.WaitingReason : null;
        string?[] parts = [$"{job.ShortId} {JobSheet.StatusWord(job, now)}", took, waiting, job.Status.IsFinal ? null : Of(job)];
        return Printable.Of(string.Join("  ", parts.Where(part => part is { Length: > 0 })));
    }
}
