using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Server.Operations;

namespace Meanwhile.Server.Results;

/// <summary>A whole NDJSON download that is, byte for byte, what is stored: gzip members one after the other.</summary>
internal sealed class StoredWhole
{
    private readonly int _statement;
    private readonly IReadOnlyList<ResultPartition> _partitions;

    private StoredWhole(int statement, IReadOnlyList<ResultPartition> partitions)
    {
        _statement = statement;
        _partitions = partitions;
    }

    /// <summary>Decides whether what is asked for can go out as it lies there; null when it can't.</summary>
    public static StoredWhole? Of(Job job, ResultRequest request)
    {
        if (job.Record.State is not { Expired: false, Result: { Encoding: ResultEncoding.Gzip } manifest }) return null;
        if (request is not { Offset: 0, Limit: null, Cursor: null, Rows: RowShape.Arrays, Numbers: NumberShape.Native }) return null;
        var statement = request.Statement ?? manifest.DefaultStatement;
        return statement >= 0 && statement < manifest.Statements.Count && manifest.Statements[statement].Partitions is { Count: > 0 } partitions
            ? new StoredWhole(statement, partitions)
            : null;
    }

    /// <summary>Sends every member, one at a time.</summary>
    public async Task CopyToAsync(Exchange exchange, string job)
    {
        for (var i = 0; i < _partitions.Count; i++)
        {
            await using var stored = await exchange.Jobs.OpenPartitionAsync(job, _statement, i, exchange.Aborted);
            if (i == 0) SetHeaders(exchange); // once the first is open: until then anything that is wrong is a problem with a status
            await stored.Content.CopyToAsync(exchange.Context.Response.Body, exchange.Aborted);
        }
    }

    private void SetHeaders(Exchange exchange)
    {
        var response = exchange.Context.Response;
        response.Headers.ContentEncoding = "gzip";
        response.Headers.Vary = "Accept-Encoding";
        response.ContentLength = _partitions.Sum(partition => (long)partition.Length);
    }
}
