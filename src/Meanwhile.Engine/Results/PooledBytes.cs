using System.Buffers;
using System.Runtime.CompilerServices;

namespace Meanwhile.Results;

/// <summary>Bytes that grow in an array of the shared pool.</summary>
/// <remarks>Not safe for concurrent use. After <see cref="Dispose"/> it is empty and may be used again.</remarks>
internal sealed class PooledBytes : IBufferWriter<byte>, IDisposable
{
    private const int FirstSize = 4096;

    /// <summary>Larger arrays are rare and their pool would keep them: they are left to the garbage collector.</summary>
    private const int PooledMax = 4 << 20;

    private byte[] _bytes = [];

    /// <summary>How many bytes there are; may be lowered, to forget what came last.</summary>
    public int Count { get; set; }

    /// <summary>How many fit before the array grows.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>The bytes; valid until the next growth.</summary>
    public Memory<byte> Memory => _bytes.AsMemory(0, Count);

    /// <summary>The bytes; valid until the next growth.</summary>
    public Span<byte> Span => _bytes.AsSpan(0, Count);

    /// <summary>Room for at least so many bytes more, without counting them yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Room(int bytes)
    {
        if (_bytes.Length - Count < bytes) Grow(bytes);
        return _bytes.AsSpan(Count);
    }

    /// <summary>Appends bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Count += bytes.Length;
    }

    /// <summary>Appends one byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(byte value)
    {
        Room(1)[0] = value;
        Count++;
    }

    /// <summary>Gives the array back when it grew beyond a size.</summary>
    public void Trim(int capacityMax)
    {
        if (Capacity > capacityMax) Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Return(_bytes);
        _bytes = [];
        Count = 0;
    }

    /// <inheritdoc/>
    public void Advance(int count) => Count += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        _ = Room(Math.Max(1, sizeHint));
        return _bytes.AsMemory(Count);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => Room(Math.Max(1, sizeHint));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int bytes)
    {
        var needed = (long)Count + bytes + FirstSize; // a little more, because what follows a large cell is small
        var comfortable = Capacity <= PooledMax ? 2L * Capacity : Capacity + (Capacity / 4L);
        var size = (int)Math.Min(Array.MaxLength, Math.Max(needed, comfortable));
        var larger = size <= PooledMax ? ArrayPool<byte>.Shared.Rent(size) : GC.AllocateUninitializedArray<byte>(size);
        Span.CopyTo(larger);
        Return(_bytes);
        _bytes = larger;
    }

    private static void Return(byte[] bytes)
    {
        if (bytes.Length is > 0 and <= PooledMax) ArrayPool<byte>.Shared.Return(bytes);
    }
}
