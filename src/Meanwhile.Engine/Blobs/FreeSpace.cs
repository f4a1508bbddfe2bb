namespace Meanwhile.Blobs;

/// <summary>Knows about how much of a disk is free, without asking for each write.</summary>
/// <remarks>Safe for concurrent use.</remarks>
/// <param name="measure">Asks the operating system.</param>
/// <param name="minFreeBytes">What is never given away.</param>
internal sealed class FreeSpace(Func<long> measure, long minFreeBytes, TimeProvider time)
{
    /// <summary>A measurement older than this is taken anew.</summary>
    internal static readonly TimeSpan MeasuredAgeMax = TimeSpan.FromSeconds(1);

    /// <summary>So many bytes given away, and it is measured anew.</summary>
    internal const long GivenBytesMax = 16L << 20;

    private readonly Lock _gate = new();
    private long? _measured;
    private long _measuredAt;
    private long _given;

    /// <summary>How many bytes may still be written.</summary>
    public long Available
    {
        get
        {
            lock (_gate) return Math.Max(0, Measured() - _given - minFreeBytes);
        }
    }

    /// <summary>Takes room for bytes that are about to be written.</summary>
    /// <exception cref="BlobStoreFullException">There is not so much.</exception>
    public void Take(long bytes)
    {
        lock (_gate)
        {
            var left = Measured() - _given - bytes;
            if (left < minFreeBytes)
                throw new BlobStoreFullException($"The disk is full: {Math.Max(0, left + bytes)} bytes are free, and {minFreeBytes} of them (min_free_bytes) are kept for the store.");
            _given += bytes;
        }
    }

    private long Measured()
    {
        if (_measured is { } known && _given < GivenBytesMax && time.GetElapsedTime(_measuredAt) < MeasuredAgeMax) return known;

        _measured = measure();
        _measuredAt = time.GetTimestamp();
        _given = 0;
        return _measured.Value;
    }
}
