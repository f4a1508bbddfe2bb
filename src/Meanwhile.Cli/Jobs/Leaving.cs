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
    /// <summary>Asks, cancels or leaves the job.</summary>
    /// <returns>The exit code; null to go on waiting.</returns>
    public static async Task<int?> DecideAsync(Call call, Job job, OnInterrupt choice, Interrupts interrupts, CancellationToken cancellationToken)
    {
        interrupts.Rearm();
        var answer = choice == OnInterrupt.Ask && call.Shell.IsInteractive ? await AskAsync(call.Shell, job, interrupts) : choice;
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

    /// <summary>Asks the person; a second Ctrl-C, or the end of input, leaves the job running.</summary>
    private static async Task<OnInterrupt> AskAsync(Shell shell, Job job, Interrupts interrupts)
    {
        shell.Error.Write($"{job.ShortId}: [c]ancel it, [l]eave it running, or [w]ait on? ");
        var line = Task.Run(shell.In.ReadLine);
        if (await Task.WhenAny(line, interrupts.Next) != line)
        {
            shell.Error.WriteLine();
            return OnInterrupt.Leave;
        }

        return (await line)?.Trim().ToLowerInvariant() switch
        {
            "c" or "cancel" => OnInterrupt.Cancel,
            "w" or "wait" => OnInterrupt.Ask,
            _ => OnInterrupt.Leave,
        };
    }
}
