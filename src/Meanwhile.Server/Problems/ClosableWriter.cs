using System.Buffers;
using System.IO.Pipelines;

namespace Meanwhile.Server;

/// <summary>Writes into a connection, until something was written as the last: from then on nothing more goes out.</summary>
/// <remarks>Used by one writer at a time, as every pipe.</remarks>
internal sealed class ClosableWriter(PipeWriter inner) : PipeWriter
{
    private byte[]? _dropped;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    /// <inheritdoc/>
    public override long UnflushedBytes => inner.UnflushedBytes;

    /// <summary>Writes what nothing is to follow; the next flush sends it.</summary>
    public void WriteLast(ReadOnlySpan<byte> bytes)
    {
        inner.Write(bytes);
        _dropped = [];
    }

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) => _dropped is null ? inner.GetMemory(sizeHint) : Dropped(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => _dropped is null ? inner.GetSpan(sizeHint) : Dropped(sizeHint);

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        if (_dropped is null) inner.Advance(bytes);
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        _dropped is null ? inner.WriteAsync(source, cancellationToken) : inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private byte[] Dropped(int sizeHint)
    {
        const int least = 256;
        if (_dropped!.Length < Math.Max(sizeHint, least)) _dropped = new byte[Math.Max(sizeHint, least)];
        return _dropped;
    }
}

/// <summary>A connection's two directions.</summary>
internal sealed record ClosableTransport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
