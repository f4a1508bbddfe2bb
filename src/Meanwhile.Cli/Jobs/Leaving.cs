using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;
using Meanwhile.Jobs;

namespace Meanwhile.Cli.Jobs;

/// <summary>What becomes of a job whose waiter was interrupted.</summary>
internal enum OnInterrupt
{
    /// <summary>A person is asked; where there is none, the job goes on.</summary>
    Ask,

    /// <summary>The job is cancelled.</summary>
    Cancel,

    /// <summary>The job goes on.</summary>
    Leave,
}

/// <summary>Ends the waiting for a job after Ctrl-C, and says how to find it again.</summary>
internal static class Leaving
{
    private const int QuestionsMax = 3;

    /// <summary>Asks, cancels or leaves the job.</summary>
    /// <returns>The exit code; null to go on waiting.</returns>
    public static async Task<int?> DecideAsync(Call call, Job job, OnInterrupt choice, Interrupts interrupts, CancellationToken cancellationToken)
    {
        interrupts.Rearm();
        var answer = choice == OnInterrupt.Ask && call.Shell.IsInteractive ? await AskAsync(call.Shell, job.ShortId, interrupts) : choice;
        switch (answer)
        {
            case OnInterrupt.Ask when call.Shell.IsInteractive:
                return null;
            case OnInterrupt.Cancel:
                await call.Jobs.CancelAsync(job.Id.ToString(), cancellationToken);
                call.Shell.Error.WriteLine($"Cancel asked for: {job.ShortId}. See 'meanwhile status {job.ShortId}'.");
                return ExitCode.Interrupted;
            default:
                call.Shell.Error.WriteLine($"Left running: {job.ShortId}. Go on with 'meanwhile watch {job.ShortId}', stop it with 'meanwhile cancel {job.ShortId}'.");
                return ExitCode.Interrupted;
        }
    }

    /// <summary>Asks the person, again when the answer is none of the three; a second Ctrl-C, the end of input, or too many other answers leave the job running.</summary>
    /// <returns><see cref="OnInterrupt.Ask"/> to wait on.</returns>
    internal static async Task<OnInterrupt> AskAsync(Shell shell, string job, Interrupts interrupts)
    {
        for (var asked = 0; asked < QuestionsMax; asked++)
        {
            shell.Error.Write($"{job}: [c]ancel it, [l]eave it running, or [w]ait on? ");
            var line = Task.Run(shell.In.ReadLine);
            if (await Task.WhenAny(line, interrupts.Next) != line || await line is not { } answer)
            {
                shell.Error.WriteLine();
                return OnInterrupt.Leave;
            }

            if (Meant(answer) is { } choice) return choice;
        }

        return OnInterrupt.Leave;
    }

    private static OnInterrupt? Meant(string answer) => answer.Trim().ToLowerInvariant() switch
    {
        "c" or "cancel" => OnInterrupt.Cancel,
        "l" or "leave" => OnInterrupt.Leave,
        "w" or "wait" => OnInterrupt.Ask,
        _ => null,
    };
}
