using Meanwhile.Diagnostics;
using Meanwhile.Jobs;
using Meanwhile.Stores;

namespace Meanwhile.Execution;

/// <summary>Stores, before it happens, that an attempt is about to do what must not be done twice.</summary>
internal static class EffectIntent
{
    /// <summary>Returns once the intent is durable.</summary>
    /// <exception cref="OperationCanceledException">The attempt has another owner, or has ended: nothing may be done.</exception>
    public static async ValueTask StoreAsync(Attempt attempt, IJobStore store, StorePatience patience, CancellationToken cancellationToken)
    {
        if (attempt.EffectsBegun) return;
        var written = await patience.AskAsync("storing that an attempt has effects", stop => store.BeginEffectsAsync(attempt.Fence, stop), cancellationToken);
        if (written.Result != WriteResult.Applied)
        {
            attempt.Stop(StopReason.Fenced);
            throw new OperationCanceledException($"Attempt {attempt.Fence} has another owner.");
        }

        attempt.EffectsBegun = true;
    }
}
