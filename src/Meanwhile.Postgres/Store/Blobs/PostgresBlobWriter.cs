using Meanwhile.Blobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using NpgsqlTypes;

namespace Meanwhile.Postgres.Store.Blobs;

/// <summary>Gathers bytes into chunks; a flush, or a full buffer, sends them in one transaction.</summary>
/// <remarks>A repeated flush whose first answer was lost is refused by the length, and then found done.</remarks>
internal sealed class PostgresBlobWriter(Database database, string key, long blobId) : IBlobWriter
{
    /// <summary>How large a chunk is at most: a row that a reader gets whole.</summary>
    private const int ChunkMax = 256 * 1024;

    /// <summary>How much is gathered before it is sent by itself.</summary>
    private const int BufferMax = 4 * 1024 * 1024;

    private readonly List<byte[]> _chunks = [];
    private MemoryStream _open = new();
    private long _sent;

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            var part = bytes[..Math.Min(bytes.Length, ChunkMax - (int)_open.Length)];
            _open.Write(part.Span);
            Length += part.Length;
            bytes = bytes[part.Length..];
            if (_open.Length == ChunkMax) CloseChunk();
            if (_chunks.Count * (long)ChunkMax >= BufferMax) await SendAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_open.Length > 0) CloseChunk();
        if (_chunks.Count > 0) await SendAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _open.Dispose();
        return ValueTask.CompletedTask;
    }

    private void CloseChunk()
    {
        _chunks.Add(_open.ToArray());
        _open.SetLength(0);
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        var (begins, end) = (new long[_chunks.Count], _sent);
        for (var i = 0; i < begins.Length; i++)
        {
            begins[i] = end;
            end += _chunks[i].Length;
        }

        var append = new Func<Call>(() => new Call(
            BlobSql.Append, Parameters.Long(blobId), Parameters.Long(_sent), Parameters.Long(end), Parameters.Longs(begins), Parameters.Sparse<byte[]>([.. _chunks], NpgsqlDbType.Bytea)));
        var written = await PostgresBlobStore.ToldAsync(() => database.ListAsync(append(), row => row.GetInt64(0), cancellationToken));
        if (written.Count == 0 && !await IsDoneAsync(end, cancellationToken)) throw new IOException($"The blob {key} was deleted, or somebody else writes it.");
        _sent = end;
        _chunks.Clear();
    }

    private async ValueTask<bool> IsDoneAsync(long end, CancellationToken cancellationToken) =>
        (await PostgresBlobStore.ToldAsync(() => database.ListAsync(new Call(BlobSql.Find, Parameters.Text(key)), row => (row.GetInt64(0), row.GetInt64(1)), cancellationToken))).Contains((blobId, end));
}
