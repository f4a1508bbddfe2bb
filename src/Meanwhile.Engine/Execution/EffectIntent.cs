using Meanwhile.Diagnostics;
using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Stores;

namespace Meanwhile.Execution;

/// <summary>Stores, before it happens, that an attempt is about to do what must not be done twice.</summary>
internal static class EffectIntent
{
    /// <summary>Returns once the intent is durable.</summary>
    /// <exception cref="OperationCanceledException">The attempt has another owner, or has ended: nothing may be done.</exception>
    public static async ValueTask StoreAsync(Attempt attempt, bool commitIsMarked, IJobStore store, StorePatience patience, CancellationToken cancellationToken)
    {
        if (attempt.EffectsBegun) return;
        var written = await patience.AskAsync("storing that an attempt has effects", stop => store.BeginEffectsAsync(attempt.Fence, commitIsMarked, stop), cancellationToken);
        Heed(attempt, written);
        attempt.EffectsBegun = true;
    }

    /// <summary>Returns once it is durable that the attempt is about to commit, and with what result.</summary>
    /// <exception cref="OperationCanceledException">The attempt has another owner, or has ended: nothing may be committed.</exception>
    public static async ValueTask StoreCommitAsync(Attempt attempt, string mark, ResultManifest result, IJobStore store, StorePatience patience, CancellationToken cancellationToken) =>
        Heed(attempt, await patience.AskAsync("storing that an attempt commits", stop => store.BeginCommitAsync(attempt.Fence, mark, result, stop), cancellationToken));

    private static void Heed(Attempt attempt, JobWrite written)
    {
        if (written.Result == WriteResult.Applied) return;
        attempt.Stop(StopReason.Fenced);
        throw new OperationCanceledException($"Attempt {attempt.Fence} has another owner.");
    }
}
