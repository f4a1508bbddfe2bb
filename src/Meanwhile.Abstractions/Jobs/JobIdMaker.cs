using System.Buffers.Binary;

namespace Meanwhile.Jobs;

/// <summary>Makes UUIDv7 ids from a clock and a draw that are passed in, so that a test or a simulation can repeat them.</summary>
/// <remarks>
/// Ids of one maker always ascend, also within a millisecond and when the clock steps back: the 12 bits after the time count on
/// (RFC 9562, section 6.2, method 1). Safe for concurrent use.
/// </remarks>
/// <param name="time">The clock; its UTC milliseconds open the id.</param>
/// <param name="draw">Fills a span with random bytes; called under a lock, so it need not be thread-safe.</param>
public sealed class JobIdMaker(TimeProvider time, Action<Span<byte>> draw)
{
    private const int CounterMax = 0xFFF;
    private const int RandomLength = JobId.ByteLength / 2;
    private readonly byte[] _pool = new byte[RandomLength * 64]; // a draw can cost a system call
    private int _drawn = RandomLength * 64;
    private readonly Lock _gate = new();
    private long _lastMs;
    private int _counter;

    /// <summary>A new id, greater than every earlier one of this maker.</summary>
    public JobId Next()
    {
        Span<byte> bytes = stackalloc byte[JobId.ByteLength];
        lock (_gate)
        {
            Draw(bytes[RandomLength..]);
            Advance(time.GetUtcNow().ToUnixTimeMilliseconds());
            BinaryPrimitives.WriteInt64BigEndian(bytes, (_lastMs << 16) | 0x7000L | (uint)_counter);
        }

        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return JobId.FromBytes(bytes);
    }

    private void Draw(Span<byte> random)
    {
        if (_drawn == _pool.Length)
        {
            draw(_pool);
            _drawn = 0;
        }

        _pool.AsSpan(_drawn, random.Length).CopyTo(random);
        _drawn += random.Length;
    }

    private void Advance(long nowMs)
    {
        if (nowMs > _lastMs)
        {
            _lastMs = nowMs;
            _counter = 0;
        }
        else if (++_counter > CounterMax)
        {
            _lastMs++; // borrowed from the next millisecond; the clock catches up
            _counter = 0;
        }
    }
}
