using Meanwhile.Cli.Shells;
using Meanwhile.Jobs;
using Meanwhile.Problems;

namespace Meanwhile.Cli.Problems;

/// <summary>Says on standard error, in one line and a hint, what went wrong.</summary>
internal static class Complaint
{
    /// <summary>Writes a refusal with its field errors, and returns its exit code.</summary>
    public static int Write(Shell shell, Problem problem)
    {
        var sentence = problem.Errors is [] ? problem.Detail : "The request is not accepted"; // the fields' own lines say it all
        shell.Error.WriteLine($"meanwhile: {Tables.Printable.Of(sentence)} ({problem.Code})");
        foreach (var error in problem.Errors) shell.Error.WriteLine($"  {error.Field}: {Tables.Printable.Of(error.Message)}");
        if (HintFor(problem) is { } hint) WriteHint(shell, hint);
        return ExitCode.Of(problem);
    }

    /// <summary>Writes that the command was used wrongly, and returns that exit code.</summary>
    public static int Write(Shell shell, UsageException wrong)
    {
        shell.Error.WriteLine($"meanwhile: {wrong.Message}");
        if (wrong.Hint is { } hint) WriteHint(shell, hint);
        return wrong.ExitCode;
    }

    /// <summary>Writes why a job ended as it did, with a caret under the place in its statement.</summary>
    public static void Write(Shell shell, Job job)
    {
        if (job.Record.State.Error is not { } error) return;
        var code = error.SourceCode is null ? error.Code : $"{error.Code}, {error.SourceCode}";
        shell.Error.WriteLine($"meanwhile: job {job.ShortId}: {Tables.Printable.Of(error.Message)} ({code})");
        Write(shell, error, job.Record.Spec.Statement);
    }

    /// <summary>Writes where in a statement an error is, and what to do.</summary>
    public static void Write(Shell shell, JobError error, string? statement)
    {
        if (statement is not null && error.Position is { } position)
        {
            foreach (var line in Caret.Lines(statement, position, shell.Width ?? Caret.WidthDefault)) shell.Error.WriteLine($"  {line}");
        }

        if (error.Hint is { } hint) WriteHint(shell, hint);
    }

    /// <summary>Writes what to do.</summary>
    public static void WriteHint(Shell shell, string hint) => shell.Error.WriteLine($"hint: {Tables.Printable.Of(hint)}");

    private static string? HintFor(Problem problem) => problem switch
    {
        { Outcome: "unknown", JobId: { } job } => $"Nobody can tell whether it was stored: look later with 'meanwhile status {job}'.",
        { Code: ProblemCodes.Unauthenticated } => "Give a key with --key or MEANWHILE_KEY, or run 'meanwhile login'.",
        { Code: ProblemCodes.NotDone, JobId: { } job } => $"Wait for it with 'meanwhile watch {job}'.",
        { Code: ProblemCodes.IdempotencyConflict, JobId: { } job } => $"The key belongs to {job}: use another key for another request.",
        { RetryAfter: { } after } => $"Try again in {after.TotalSeconds:0.#} s.",
        _ => null,
    };
}
