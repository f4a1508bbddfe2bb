namespace Meanwhile.Results;

/// <summary>Writes a run of rows to a stream, in pieces of <see cref="WriteBytes"/>: a slow reader makes it hold one partition and one piece.</summary>
internal sealed class ResultExport : IDisposable
{
    /// <summary>About how much is written at once.</summary>
    internal const int WriteBytes = 64 << 10;

    private readonly StoredRows _stored;
    private readonly Stream _destination;
    private readonly IRowFormat _format;
    private readonly bool _passThrough;
    private readonly PooledBytes _piece = new();

    public ResultExport(StoredRows stored, IReadOnlyList<ResultColumn> columns, ResultRequest request, ResultFormat format, Stream destination)
    {
        JsonRowShape shape = new(columns, request.Rows, request.Numbers);
        _stored = stored;
        _destination = destination;
        _passThrough = format == ResultFormat.Ndjson && shape.IsStored;
        _format = format switch
        {
            ResultFormat.Json => new JsonArrayFormat(shape),
            ResultFormat.Ndjson => new NdjsonFormat(shape),
            ResultFormat.Csv => new CsvFormat(columns),
        };
    }

    /// <summary>Writes the rows from one on and before another.</summary>
    public async ValueTask RunAsync(long from, long before, CancellationToken cancellationToken)
    {
        _format.Begin(_piece);
        for (var partition = from < before ? _stored.PartitionOf(from) : int.MaxValue; partition < _stored.PartitionCount; partition++)
        {
            var firstRow = _stored.FirstRow(partition);
            if (firstRow >= before) break;
            RowLines lines = new(await _stored.LoadAsync(partition, cancellationToken));
            lines.Skip(from - firstRow);
            var left = before - Math.Max(from, firstRow);
            if (_passThrough) await PassAsync(lines, left, cancellationToken);
            else await FormatAsync(lines, left, isFirst: firstRow <= from, cancellationToken);
        }

        _format.End(_piece);
        await WriteAsync(_piece.Memory, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _piece.Dispose();
        (_format as IDisposable)?.Dispose();
    }

    private ValueTask PassAsync(RowLines lines, long rows, CancellationToken cancellationToken)
    {
        var rest = lines.Rest;
        lines.Skip(rows);
        return WriteAsync(rest[..^lines.Rest.Length], cancellationToken);
    }

    private async ValueTask FormatAsync(RowLines lines, long rows, bool isFirst, CancellationToken cancellationToken)
    {
        for (; rows > 0 && !lines.AtEnd; rows--)
        {
            _format.Row(lines.Next(), isFirst, _piece);
            isFirst = false;
            if (_piece.Count < WriteBytes) continue;
            await WriteAsync(_piece.Memory, cancellationToken);
            _piece.Count = 0;
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (; bytes.Length > WriteBytes; bytes = bytes[WriteBytes..]) await _destination.WriteAsync(bytes[..WriteBytes], cancellationToken);
        if (bytes.Length > 0) await _destination.WriteAsync(bytes, cancellationToken);
    }
}
