using Meanwhile.Problems;

namespace Meanwhile.Server.Operations;

/// <summary>Counts those who send long bodies: a bounded number of them.</summary>
internal sealed class Uploads(int uploadsMax)
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);
    private int _count;

    /// <summary>One begins; disposing ends it.</summary>
    /// <exception cref="ProblemException">There are as many as may be.</exception>
    public IDisposable Begin()
    {
        if (Interlocked.Increment(ref _count) <= uploadsMax) return new Upload(this);
        Interlocked.Decrement(ref _count);
        throw new ProblemException(new Problem { Code = ProblemCodes.TooMany, Detail = $"{uploadsMax} workers are sending rows, the most there may be at once. Try again.", RetryAfter = AgainAfter });
    }

    private sealed class Upload(Uploads owner) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref owner._count);
    }
}
