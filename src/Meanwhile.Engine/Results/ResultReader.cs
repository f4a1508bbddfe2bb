using System.Globalization;
using Meanwhile.Blobs;
using Meanwhile.Jobs;
using Meanwhile.Problems;

namespace Meanwhile.Results;

/// <summary>Reads stored results: pages, exports, partitions as they lie there. Knows nothing of who may.</summary>
/// <remarks>Safe for concurrent use. A damaged partition is a <see cref="ProblemException"/> of code <c>internal</c>, before any of its rows is handed out.</remarks>
public sealed class ResultReader(IBlobStore blobs)
{
    /// <summary>Rows of a page that does not say.</summary>
    public const int PageRowsDefault = 1_000;

    /// <summary>The most rows of a page.</summary>
    public const int PageRowsMax = 10_000;

    /// <summary>A page ends early once another row would make its rows larger than this; it always has one.</summary>
    public const int PageBytesMax = 8 << 20;

    /// <summary>Reads a page; decodes only the partitions that it touches.</summary>
    /// <param name="job">Whose result it is: cursors are good for it alone.</param>
    /// <param name="expiresAt">When the result goes.</param>
    /// <exception cref="ProblemException"><c>invalid_request</c>, <c>invalid_cursor</c> or <c>internal</c>.</exception>
    public async ValueTask<ResultPage> ReadPageAsync(
        JobId job, ResultManifest manifest, DateTimeOffset expiresAt, ResultRequest request, CancellationToken cancellationToken)
    {
        var limit = request.Limit ?? PageRowsDefault;
        if (limit is < 1 or > PageRowsMax) throw Invalid("limit", $"is {limit}; 1 to {PageRowsMax} is accepted");
        var (statement, offset) = Place(job, manifest, request);
        var result = statement < manifest.Statements.Count ? manifest.Statements[statement] : Nothing;

        var rows = await RowsAsync(manifest, result, offset, limit, new JsonRowShape(result.Columns, request.Rows, request.Numbers), cancellationToken);
        var next = offset + rows.Count;
        return new ResultPage
        {
            Statement = statement,
            StatementCount = manifest.Statements.Count,
            Columns = result.Columns,
            Rows = rows,
            Offset = offset,
            RowCount = result.Rows,
            RowsAffected = result.RowsAffected,
            NextCursor = next < result.Rows ? new ResultCursor(statement, next).ToText(job, request) : null,
            TruncatedBy = result.TruncatedBy,
            Summary = manifest.Summary,
            ExpiresAt = expiresAt,
        };
    }

    /// <summary>Writes rows to a stream in constant memory: NDJSON, CSV, or one JSON array of rows. Does not flush or close it.</summary>
    /// <exception cref="ProblemException"><c>invalid_request</c> or <c>invalid_cursor</c> before anything is written; <c>internal</c>, possibly in the middle.</exception>
    public async ValueTask ExportAsync(
        JobId job, ResultManifest manifest, ResultRequest request, ResultFormat format, Stream destination, CancellationToken cancellationToken)
    {
        if (request.Limit < 0) throw Invalid("limit", $"is {request.Limit}; 0 or more is accepted");
        var (statement, offset) = Place(job, manifest, request);
        var result = statement < manifest.Statements.Count ? manifest.Statements[statement] : Nothing;
        var end = Math.Min(result.Rows, request.Limit is { } limit ? offset + limit : long.MaxValue);

        using StoredRows stored = new(blobs, manifest, result);
        using ResultExport export = new(stored, result.Columns, request, format, destination);
        await export.RunAsync(offset, end, cancellationToken);
    }

    /// <summary>Opens a partition as it is stored: neither decoded nor checked here; whoever wants to compares the checksum. Inline rows are partition 0, of encoding identity.</summary>
    /// <param name="statement">From 0; null = the last with columns.</param>
    /// <param name="partition">From 0.</param>
    /// <exception cref="ProblemException"><c>invalid_request</c> for the statement, <c>not_found</c> for the partition, <c>internal</c> when the object is missing or too short.</exception>
    public async ValueTask<StoredPartition> OpenPartitionAsync(ResultManifest manifest, int? statement, int partition, CancellationToken cancellationToken)
    {
        var index = StatementOf(manifest, statement);
        var result = index < manifest.Statements.Count ? manifest.Statements[index] : Nothing;
        if (result.Inline is { Length: > 0 } inline && partition == 0) return new StoredPartition(new MemoryStream(inline, writable: false), ResultEncoding.Identity, Whole(inline, result));
        if (partition < 0 || partition >= result.Partitions.Count)
            throw new ProblemException(ProblemCodes.NotFound, $"There is no partition {partition}: the statement's result has {new StoredRows(blobs, manifest, result).PartitionCount}.");

        var at = result.Partitions[partition];
        try
        {
            return new StoredPartition(await blobs.OpenAsync(manifest.Object!, at.Offset, at.Length, cancellationToken), manifest.Encoding, at);
        }
        catch (Exception failure) when (failure is EndOfStreamException or FileNotFoundException)
        {
            throw StoredRows.Damaged(manifest, partition, failure.Message);
        }
    }

    private static readonly StatementResult Nothing = new() { Columns = [] };

    private static ResultPartition Whole(byte[] inline, StatementResult result) => new()
    {
        Offset = 0,
        Length = inline.Length,
        DecodedLength = inline.Length,
        FirstRow = 0,
        Rows = (int)result.Rows,
        Checksum = Crc32.Of(inline),
    };

    private static ResultCursor Place(JobId job, ResultManifest manifest, ResultRequest request)
    {
        if (request.Offset < 0) throw Invalid("offset", $"is {request.Offset}; 0 or more is accepted");
        if (request.Cursor is null) return new ResultCursor(StatementOf(manifest, request.Statement), request.Offset);
        if (!ResultCursor.TryParse(request.Cursor, job, request, out var cursor) || cursor.Value.Statement >= manifest.Statements.Count)
            throw new ProblemException(ProblemCodes.InvalidCursor, "The cursor is none, or is from another result, statement or shape of rows; begin again without one.");
        return cursor.Value;
    }

    private static int StatementOf(ResultManifest manifest, int? statement)
    {
        if (statement is { } given && (given < 0 || given >= Math.Max(1, manifest.Statements.Count)))
            throw Invalid("statement", string.Create(CultureInfo.InvariantCulture, $"is {given}; the result has {manifest.Statements.Count} statements, counted from 0"));
        return statement ?? (manifest.DefaultStatement >= 0 ? manifest.DefaultStatement : Math.Max(0, manifest.Statements.Count - 1));
    }

    private static ProblemException Invalid(string field, string message)
    {
        FieldError[] errors = [new(field, message)];
        return new ProblemException(new Problem { Code = ProblemCodes.InvalidRequest, Detail = FieldErrors.Detail(errors), Errors = errors });
    }

    private async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> RowsAsync(
        ResultManifest manifest, StatementResult result, long offset, int limit, JsonRowShape shape, CancellationToken cancellationToken)
    {
        if (offset >= result.Rows) return [];

        using StoredRows stored = new(blobs, manifest, result);
        using PageRows page = new(shape, limit);
        for (var partition = stored.PartitionOf(offset); partition < stored.PartitionCount && !page.IsFull; partition++)
        {
            RowLines lines = new(await stored.LoadAsync(partition, cancellationToken));
            lines.Skip(offset - stored.FirstRow(partition));
            page.Take(ref lines);
        }

        return page.ToRows();
    }

    /// <summary>Gathers the rows of one page in an array of their own, so that no partition is kept for them.</summary>
    private sealed class PageRows(JsonRowShape shape, int limit) : IDisposable
    {
        private readonly PooledBytes _bytes = new();
        private readonly List<int> _ends = [];

        public bool IsFull { get; private set; }

        public void Take(ref RowLines lines)
        {
            while (!IsFull && !lines.AtEnd)
            {
                var start = _bytes.Count;
                shape.Append(lines.Next(), _bytes);
                if (_bytes.Count > PageBytesMax && _ends.Count > 0)
                {
                    _bytes.Count = start;
                    IsFull = true;
                    return;
                }

                _ends.Add(_bytes.Count);
                IsFull = _ends.Count == limit;
            }
        }

        public IReadOnlyList<ReadOnlyMemory<byte>> ToRows()
        {
            ReadOnlyMemory<byte> all = _bytes.Span.ToArray();
            return [.. _ends.Select((end, row) => all[(row == 0 ? 0 : _ends[row - 1])..end])];
        }

        public void Dispose() => _bytes.Dispose();
    }
}
