using Meanwhile.Cli.Tables;
using Meanwhile.Jobs;

namespace Meanwhile.Cli.Jobs;

/// <summary>A job in full, a line each for what there is to say.</summary>
internal static class JobSheet
{
    /// <summary>Writes the sheet.</summary>
    public static void Write(TextWriter writer, Job job, DateTimeOffset now)
    {
        var lines = Lines(job, now).Where(line => line.Value is { Length: > 0 }).ToArray();
        var width = lines.Max(line => line.Name.Length);
        foreach (var (name, value) in lines) writer.WriteLine($"{name.PadRight(width)}  {Printable.Of(value!)}");
    }

    /// <summary>The status as people ask for it: a pending job whose time has not come is scheduled.</summary>
    public static string StatusWord(Job job, DateTimeOffset now) =>
        job.Status == JobStatus.Pending && job.Record.State.RunAt > now ? "scheduled" : job.Status.Word;

    private static IEnumerable<(string Name, string? Value)> Lines(Job job, DateTimeOffset now)
    {
        var (spec, state) = (job.Record.Spec, job.Record.State);
        yield return ("job", $"{job.ShortId}  {job.Id}");
        yield return ("status", StatusWord(job, now) + (job.Stale ? " (as this node remembers it: the store does not answer)" : ""));
        yield return ("waiting", job.WaitingReason);
        yield return ("position", job.PositionInQueue is { } ahead ? Texts.Count(ahead, "job") + " ahead" : null);
        yield return ("progress", job.Status.IsFinal ? null : ProgressText.Of(job));
        yield return ("tool", spec.Tool);
        yield return ("source", spec.Source);
        yield return ("submitted by", spec.SubmittedBy);
        yield return ("attempt", state.Attempt == 0 ? null : Texts.Invariant($"{state.Attempt} ({state.AttemptsCounted} of {spec.MaxAttempts} counted)"));
        yield return ("created", Texts.Of(spec.CreatedAt));
        yield return ("due", state.RunAt > spec.CreatedAt && !job.Status.IsFinal ? Texts.Of(state.RunAt) : null);
        yield return ("started", Texts.Of(state.StartedAt));
        yield return ("finished", Texts.Of(state.FinishedAt));
        yield return ("took", job.Duration is { } took ? Texts.Of(took) : null);
        yield return ("expires", Texts.Of(state.ExpiresAt));
        yield return ("labels", string.Join(", ", spec.Labels.Select(label => $"{label.Key}={label.Value}")));
        yield return ("retry of", spec.RetryOf?.ToString());
        yield return ("cancel", state.Cancel is { } cancel ? CancelText(cancel) : null);
        yield return ("error", state.Error is { } error ? $"{error.Message} ({error.Code})" : null);
        yield return ("hint", state.Error?.Hint);
        yield return ("result", ResultText(job));
        yield return ("statement", spec.Statement);
    }

    private static string CancelText(CancelEvidence cancel)
    {
        var asked = $"{(cancel.RequestedBy is { } by ? $"asked by {by}" : "timeout")} {Texts.Of(cancel.RequestedAt)}";
        var sent = cancel.SentAt is { } sentAt ? $", sent {Texts.Of(sentAt)}" : "";
        var answer = cancel.Answer is { } words ? $", answer: {words}" : "";
        var proof = cancel switch
        {
            { ConfirmedAt: { } confirmedAt } => $", confirmed {Texts.Of(confirmedAt)}",
            { Unconfirmed: true } => ", unconfirmed: the work did not go in time and is being watched",
            _ => "",
        };
        return asked + sent + answer + proof;
    }

    private static string? ResultText(Job job) => job.Record.State.Result switch
    {
        null => null,
        { DefaultStatement: >= 0 } rows => Texts.Count(rows.RowCount, "row") + (rows.Summary is null ? "" : $", {rows.Summary}"),
        { Summary: { } summary } => summary,
        { Statements: [.., { RowsAffected: { } affected }] } => Texts.Count(affected, "row") + " affected",
        _ => "nothing",
    };
}
