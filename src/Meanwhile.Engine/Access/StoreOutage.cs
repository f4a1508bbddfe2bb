using Meanwhile.Problems;
using Meanwhile.Stores;

namespace Meanwhile.Access;

/// <summary>Turns a store that does not answer into the refusal that callers know.</summary>
internal static class StoreOutage
{
    /// <summary>When to ask again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>The refusal.</summary>
    public static Problem Unavailable(string detail = "The store does not answer. Try again.") =>
        new() { Code = ProblemCodes.Unavailable, Detail = detail, RetryAfter = RetryAfter };

    /// <summary>What a call answers, or the refusal.</summary>
    public static async ValueTask<T> Told<T>(ValueTask<T> call)
    {
        try
        {
            return await call;
        }
        catch (StoreUnavailableException)
        {
            throw new ProblemException(Unavailable());
        }
    }

    /// <summary>Returns when a call does, or refuses.</summary>
    public static async ValueTask Told(ValueTask call)
    {
        try
        {
            await call;
        }
        catch (StoreUnavailableException)
        {
            throw new ProblemException(Unavailable());
        }
    }
}
