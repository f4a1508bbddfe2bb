using System.Net;
using System.Net.Http.Headers;

namespace Meanwhile.Client;

/// <summary>A body of a first line and rows that are sent while they are made.</summary>
internal sealed class RowsContent : HttpContent
{
    private static readonly MediaTypeHeaderValue RowsType = new("application/x-ndjson");
    private static readonly byte[] NewLine = [(byte)'\n'];
    private readonly byte[] _head;
    private readonly IAsyncEnumerable<ReadOnlyMemory<byte>> _rows;

    public RowsContent(byte[] head, IAsyncEnumerable<ReadOnlyMemory<byte>> rows)
    {
        (_head, _rows) = (head, rows);
        Headers.ContentType = RowsType;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_head, cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(NewLine, cancellationToken).ConfigureAwait(false);
        await foreach (var row in _rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            await stream.WriteAsync(row, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(NewLine, cancellationToken).ConfigureAwait(false);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }
}
