using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Meanwhile.Problems;

namespace Meanwhile.Server.Workers;

/// <summary>Reads a body line by line, holding one at a time.</summary>
/// <param name="lineBytesMax">A longer line is refused.</param>
/// <param name="idle">How long the sender may send nothing.</param>
internal sealed class LineReader(PipeReader body, int lineBytesMax, TimeSpan idle, TimeProvider time)
{
    private bool _ended;

    /// <summary>The first line.</summary>
    public async ValueTask<ReadOnlySequence<byte>> FirstAsync(CancellationToken cancellationToken) => new(await NextAsync(cancellationToken) ?? ReadOnlyMemory<byte>.Empty);

    /// <summary>The lines that follow, those that are empty left out; each only until the next is asked for.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> RestAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await NextAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0) yield return line;
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellationToken)
    {
        if (_ended) return null;
        while (true)
        {
            var read = await ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end) return Take(buffer.Slice(0, end), buffer.GetPosition(1, end));
            if (buffer.Length > lineBytesMax) throw TooLong();
            if (read.IsCompleted)
            {
                _ended = true;
                return buffer.IsEmpty ? null : Take(buffer, buffer.End);
            }

            body.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private ReadOnlyMemory<byte> Take(ReadOnlySequence<byte> line, SequencePosition consumed)
    {
        if (line.Length > lineBytesMax) throw TooLong();
        var bytes = line.ToArray(); // the pipe takes its memory back below
        body.AdvanceTo(consumed);
        return bytes is [.. var text, (byte)'\r'] ? text : bytes;
    }

    private async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        if (body.TryRead(out var ready)) return ready;
        using var patience = new CancellationTokenSource(idle, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await body.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProblemException(ProblemCodes.InvalidRequest, $"Nothing was sent for {idle.TotalSeconds} s; the finish was not applied. Send it again as a whole.");
        }
    }

    private ProblemException TooLong() => new(ProblemCodes.TooLarge, $"A line is longer than {lineBytesMax} bytes.");
}
