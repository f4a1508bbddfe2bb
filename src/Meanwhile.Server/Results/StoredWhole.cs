using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Server.Operations;

namespace Meanwhile.Server.Results;

/// <summary>Decides whether a whole NDJSON download is, byte for byte, what is stored: one gzip member.</summary>
/// <remarks>Never several: a widely used client reads the first member of a content encoding and takes that for all (docs/decisions).</remarks>
internal static class StoredWhole
{
    /// <summary>The statement whose only partition can go out as it lies there; null when the answer must be made.</summary>
    public static int? StatementOf(Job job, ResultRequest request)
    {
        if (job.Record.State is not { Expired: false, Result: { Encoding: ResultEncoding.Gzip } manifest }) return null;
        if (request is not { Offset: 0, Limit: null, Cursor: null, Rows: RowShape.Arrays, Numbers: NumberShape.Native }) return null;
        var statement = request.Statement ?? manifest.DefaultStatement;
        return statement >= 0 && statement < manifest.Statements.Count && manifest.Statements[statement].Partitions.Count == 1 ? statement : null;
    }
}
