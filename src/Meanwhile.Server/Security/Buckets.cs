using System.Collections.Concurrent;

namespace Meanwhile.Server.Security;

/// <summary>A bucket for each of many, made when it is first needed and forgotten once it is full again. Safe for concurrent use.</summary>
internal sealed class Buckets(TimeProvider time)
{
    /// <summary>How many are kept; at so many the full ones go, and if that is not enough, all.</summary>
    private const int KeptMax = 20_000;

    private readonly long _start = time.GetTimestamp();
    private readonly ConcurrentDictionary<string, TokenBucket> _buckets = new();
    private int _count;

    /// <summary>Takes a token of somebody's bucket.</summary>
    public Taken Take(string owner, Rate rate)
    {
        var now = time.GetElapsedTime(_start);
        if (_buckets.TryGetValue(owner, out var known)) return known.Take(rate, now);
        if (Interlocked.Increment(ref _count) > KeptMax) Forget(rate, now);
        return _buckets.GetOrAdd(owner, new TokenBucket(now)).Take(rate, now);
    }

    private void Forget(Rate rate, TimeSpan now)
    {
        foreach (var (owner, bucket) in _buckets)
        {
            if (bucket.IsFull(rate, now)) _buckets.TryRemove(owner, out _);
        }

        if (_buckets.Count > KeptMax / 2) _buckets.Clear(); // a flood of owners: none of them is worth remembering
        Volatile.Write(ref _count, _buckets.Count);
    }
}
