using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;
using Meanwhile.Jobs;
using Meanwhile.Problems;

namespace Meanwhile.Cli.Jobs;

/// <summary>Waits for a job's ending and shows its progress, through restarts of the server, until a person interrupts.</summary>
internal sealed class JobFollower(Call call, Interrupts interrupts)
{
    private static readonly TimeSpan PauseBetweenTries = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilenceMax = TimeSpan.FromMinutes(2);

    private readonly ProgressLine _line = new(call.Shell);

    /// <summary>Follows the job.</summary>
    /// <returns>The job once it has ended; null once a person has interrupted.</returns>
    public async Task<Job?> FollowAsync(Job job, CancellationToken cancellationToken)
    {
        var (seen, silentSince) = (job, (long?)null);
        while (!seen.Status.IsFinal)
        {
            _line.Show(seen);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var step = StepAsync(seen, stop.Token);
            if (await Task.WhenAny(step, interrupts.Next) != step)
            {
                _line.Clear();
                await stop.CancelAsync();
                await step.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                return null;
            }

            var (next, failure) = await step;
            silentSince = next is not null ? null : silentSince ?? call.Shell.Time.GetTimestamp();
            if (failure is not null && call.Shell.Time.GetElapsedTime(silentSince!.Value) > SilenceMax) throw failure;
            if (failure is not null) _line.Say($"The server does not answer; still trying. ({failure.Problem.Detail})");
            seen = next ?? seen;
        }

        _line.Show(seen);
        if (call.Shell.ErrorIsTerminal) call.Shell.Error.WriteLine();
        return seen;
    }

    /// <summary>Waits for news once; a server that is away is no reason to stop.</summary>
    private async Task<(Job? Seen, ProblemException? Failure)> StepAsync(Job seen, CancellationToken cancellationToken)
    {
        try
        {
            return (await call.Jobs.WaitAsync(seen.Id.ToString(), seen.ETag, _line.NextIn, cancellationToken), null);
        }
        catch (ProblemException away) when (away.Problem.Code is ProblemCodes.Unavailable or ProblemCodes.TooMany)
        {
            await Task.Delay(PauseBetweenTries, call.Shell.Time, cancellationToken);
            return (null, away);
        }
    }
}
