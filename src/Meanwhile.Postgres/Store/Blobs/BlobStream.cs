using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;

namespace Meanwhile.Postgres.Store.Blobs;

/// <summary>Reads a range of a blob forwards, a few chunks at a time.</summary>
internal sealed class BlobStream(Database database, string key, long blobId, long offset, long length) : Stream
{
    private const int ChunksPerRead = 4;
    private readonly Queue<(long At, byte[] Bytes)> _chunks = new();
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0 || _read == length) return 0;
        if (_chunks.Count == 0) await FetchAsync(cancellationToken);
        var (at, bytes) = _chunks.Peek();
        var part = bytes.AsMemory((int)(offset + _read - at));
        if (part.Length > length - _read) part = part[..(int)(length - _read)];
        var taken = Math.Min(part.Length, buffer.Length);
        part[..taken].CopyTo(buffer);
        _read += taken;
        if (offset + _read == at + bytes.Length) _chunks.Dequeue();
        return taken;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async ValueTask FetchAsync(CancellationToken cancellationToken)
    {
        var read = new Func<Call>(() => new Call(BlobSql.Read, Parameters.Long(blobId), Parameters.Long(offset + _read), Parameters.Long(offset + length), Parameters.Int(ChunksPerRead)));
        foreach (var chunk in await PostgresBlobStore.ToldAsync(() => database.ListAsync(read(), row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)), cancellationToken))) _chunks.Enqueue(chunk);
        if (_chunks.Count == 0) throw new IOException($"The blob {key} was deleted while it was read.");
    }
}
