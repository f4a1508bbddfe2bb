using Meanwhile.Blobs;
using Meanwhile.Jobs;
using Meanwhile.Offloading;

namespace Meanwhile.Results;

/// <summary>Spools one attempt's rows: encodes them where they are produced, and compresses and appends filled blocks beside that.</summary>
/// <remarks>
/// Small results never touch the blob store. Others go to one object of the attempt's own, made with the first block. Nothing of it can be seen before
/// the manifest is stored with the job's ending; a spooler that is disposed without one leaves at most an object that nobody names, for the collector.
/// After <see cref="RowAnswer.Flush"/> the next row needs <see cref="FlushAsync"/> first. One caller at a time.
/// </remarks>
/// <param name="fence">The attempt that this writes for; names the object.</param>
/// <param name="offload">Where compression runs.</param>
/// <param name="part">Which of the attempt's objects this makes, where an earlier try may have begun one.</param>
public sealed class ResultSpooler(AttemptFence fence, ResultOptions options, IBlobStore blobs, IWorkOffload offload, int part = 0) : IResultWriter, IAsyncDisposable
{
    private readonly RowEncoder _encoder = new(options.CellBytesMax, options.RowBytesMax);
    private readonly PartitionAppender _appender = new(
        BlobKeys.Result(fence, options.Compress ? ResultEncoding.Gzip : ResultEncoding.Identity, part), options, blobs, offload);
    private readonly List<StatementDraft> _statements = [];
    private ResultBlock _block = new();
    private StatementDraft? _statement;
    private int _segmentStart;
    private int _segmentRows;
    private int _rowStart;
    private int _largestRow;
    private bool _full;
    private bool _spilled;

    /// <summary>Rows taken so far, of all statements.</summary>
    public long RowsTaken { get; private set; }

    /// <summary>Bytes of rows taken so far, before compression.</summary>
    public long BytesTaken { get; private set; }

    /// <inheritdoc/>
    public void BeginStatement(IReadOnlyList<ResultColumn> columns)
    {
        if (_statement is not null) throw new InvalidOperationException("The statement before has not ended.");
        _statement = new StatementDraft(columns);
        _statements.Add(_statement);
        _encoder.Output = _block.Bytes;
    }

    /// <inheritdoc/>
    public void Null() => _encoder.Null();

    /// <inheritdoc/>
    public void Boolean(bool value) => _encoder.Boolean(value);

    /// <inheritdoc/>
    public void Int64(long value) => _encoder.Int64(value);

    /// <inheritdoc/>
    public void Double(double value) => _encoder.Double(value);

    /// <inheritdoc/>
    public void Number(ReadOnlySpan<byte> digits) => _encoder.Number(digits);

    /// <inheritdoc/>
    public void Text(ReadOnlySpan<byte> utf8) => _encoder.Text(utf8);

    /// <inheritdoc/>
    public void Bytes(ReadOnlySpan<byte> value) => _encoder.Bytes(value);

    /// <inheritdoc/>
    public void Json(ReadOnlySpan<byte> utf8) => _encoder.Json(utf8);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The row has not a cell for each column, no statement has begun, or a flush was asked for and not made.</exception>
    public RowAnswer EndRow()
    {
        if (_statement is null || _encoder.Cells == 0 || _encoder.Cells != _statement.Columns.Count) throw new InvalidOperationException($"A row of {_encoder.Cells} cells does not fit {_statement?.Columns.Count ?? 0} columns.");
        if (_full) throw new InvalidOperationException("The row before asked for a flush.");

        var cellWasCut = _encoder.CellWasCut;
        _encoder.EndRow();
        var rowBytes = _block.Bytes.Count - _rowStart;
        if (LimitFor(rowBytes) is { } limit)
        {
            _encoder.DropRow(_rowStart);
            _statement.TruncatedBy = limit;
            return RowAnswer.LimitReached;
        }

        if (cellWasCut) _statement.TruncatedBy ??= Truncation.Cell;
        _statement.Rows++;
        RowsTaken++;
        _segmentRows++;
        BytesTaken += rowBytes;
        _rowStart = _block.Bytes.Count;
        _largestRow = Math.Max(_largestRow, rowBytes);
        _full = _rowStart + _largestRow > options.PartitionBytes; // the next row may be as large: cut before it
        return _full ? RowAnswer.Flush : RowAnswer.Continue;
    }

    /// <inheritdoc/>
    public void EndStatement(long? rowsAffected, Truncation? truncatedBy = null)
    {
        if (_statement is null) throw new InvalidOperationException("No statement has begun.");
        if (_encoder.Cells > 0) _encoder.DropRow(_rowStart);
        EndSegment();
        _statement.RowsAffected = rowsAffected;
        _statement.TruncatedBy = truncatedBy ?? _statement.TruncatedBy;
        _statement = null;
    }

    /// <inheritdoc/>
    /// <remarks>Does nothing before a block is full.</remarks>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => _full ? SpillAsync(cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Puts everything on stable storage and says what and where it is. Nothing may be written afterwards.</summary>
    /// <exception cref="BlobStoreFullException">There is no space: there is no result.</exception>
    public async ValueTask<ResultManifest> CompleteAsync(CancellationToken cancellationToken)
    {
        if (_statement is not null) throw new InvalidOperationException("The last statement has not ended.");
        if (!_spilled && BytesTaken <= options.InlineBytesMax) return InlineManifest();

        if (_block.Segments.Count > 0) await SpillAsync(cancellationToken);
        await _appender.FlushAsync(cancellationToken);
        var encoding = options.Compress ? ResultEncoding.Gzip : ResultEncoding.Identity;
        return Manifest([.. _statements.Select(statement => statement.Stored())]) with { Encoding = encoding, Object = BlobKeys.Result(fence, encoding, part) };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _block.Bytes.Dispose();
        await _appender.DisposeAsync();
    }

    private async ValueTask SpillAsync(CancellationToken cancellationToken)
    {
        EndSegment();
        _spilled = true;
        await _appender.AppendAsync(_block, cancellationToken);
        _block = _appender.Rent();
        _encoder.Output = _block.Bytes;
        (_segmentStart, _rowStart, _largestRow, _full) = (0, 0, 0, false);
    }

    private void EndSegment()
    {
        if (_segmentRows > 0)
            _block.Segments.Add(new BlockSegment(_statement!, _segmentStart, _rowStart - _segmentStart, _statement!.Rows - _segmentRows, _segmentRows));
        _segmentStart = _rowStart;
        _segmentRows = 0;
    }

    private Truncation? LimitFor(int rowBytes)
    {
        if (_statement!.Rows >= options.RowsMax) return Truncation.Rows;
        return BytesTaken + rowBytes > options.ResultBytesMax ? Truncation.Bytes : null;
    }

    private ResultManifest InlineManifest()
    {
        var rows = _block.Segments.ToDictionary(segment => segment.Statement, segment => _block.Bytes.Span.Slice(segment.Start, segment.Length).ToArray());
        return Manifest([.. _statements.Select(statement => statement.Inline(rows.GetValueOrDefault(statement, [])))]);
    }

    private ResultManifest Manifest(IReadOnlyList<StatementResult> statements) => new() { Attempt = fence.Attempt, Fence = fence.Fence, Statements = statements };
}
