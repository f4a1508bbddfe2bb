using Meanwhile.Blobs;
using Meanwhile.Problems;

namespace Meanwhile.Results;

/// <summary>Loads the partitions of one statement's result, one at a time, checked and decoded.</summary>
/// <remarks>One caller at a time. Holds one partition; while it loads, its stored bytes besides.</remarks>
internal sealed class StoredRows(IBlobStore blobs, ResultManifest manifest, StatementResult statement) : IDisposable
{
    private readonly PooledBytes _decoded = new();

    /// <summary>How many partitions there are; rows that are inline count as one.</summary>
    public int PartitionCount => statement.Inline is { Length: > 0 } ? 1 : statement.Partitions.Count;

    /// <summary>The first row of a partition.</summary>
    public long FirstRow(int partition) => statement.Inline is null ? statement.Partitions[partition].FirstRow : 0;

    /// <summary>The partition that has a row.</summary>
    /// <param name="row">Below the statement's row count.</param>
    public int PartitionOf(long row)
    {
        var (low, high) = (0, PartitionCount - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (FirstRow(middle) <= row) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    /// <summary>A partition's rows as NDJSON; valid until the next is loaded.</summary>
    /// <exception cref="ProblemException">What is stored is not what was written.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> LoadAsync(int partition, CancellationToken cancellationToken)
    {
        if (statement.Inline is { } inline) return inline;

        var at = statement.Partitions[partition];
        try
        {
            using PooledBytes stored = new();
            await ReadAsync(at, stored, cancellationToken);
            if (Crc32.Of(stored.Span) != at.Checksum) throw Damaged(manifest, partition, "its checksum differs");
            Decode(at, stored);
            return _decoded.Memory;
        }
        catch (Exception failure) when (failure is EndOfStreamException or FileNotFoundException or InvalidDataException)
        {
            throw Damaged(manifest, partition, failure.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _decoded.Dispose();

    private async ValueTask ReadAsync(ResultPartition at, PooledBytes stored, CancellationToken cancellationToken)
    {
        await using var content = await blobs.OpenAsync(manifest.Object!, at.Offset, at.Length, cancellationToken);
        await content.ReadExactlyAsync(stored.GetMemory(at.Length)[..at.Length], cancellationToken);
        stored.Count = at.Length;
    }

    private void Decode(ResultPartition at, PooledBytes stored)
    {
        _decoded.Count = 0;
        if (manifest.Encoding == ResultEncoding.Identity) _decoded.Append(stored.Span);
        else GzipMember.Decode(stored.Memory, at.DecodedLength, _decoded);
    }

    /// <summary>The refusal to hand out what is not what was written.</summary>
    public static ProblemException Damaged(ResultManifest manifest, int partition, string why) =>
        new(ProblemCodes.Internal, $"Partition {partition} of the result can't be read from {manifest.Object}: {why}. The disk lost or changed it; run the job again.");
}
