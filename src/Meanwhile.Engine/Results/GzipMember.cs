using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Meanwhile.Results;

/// <summary>Makes and opens gzip members that each stand alone.</summary>
internal static class GzipMember
{
    /// <summary>Appends one member that holds these bytes.</summary>
    public static void Encode(ReadOnlySpan<byte> bytes, PooledBytes into)
    {
        using var member = new GZipStream(new AppendingStream(into), CompressionLevel.Fastest, leaveOpen: true);
        member.Write(bytes);
    }

    /// <summary>Appends what a member holds.</summary>
    /// <param name="decodedLength">How much that is.</param>
    /// <exception cref="InvalidDataException">It is no member, or holds another number of bytes.</exception>
    public static void Decode(ReadOnlyMemory<byte> member, int decodedLength, PooledBytes into)
    {
        MemoryMarshal.TryGetArray(member, out var segment);
        using var content = new GZipStream(new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false), CompressionMode.Decompress);
        var read = content.ReadAtLeast(into.Room(decodedLength + 1)[..(decodedLength + 1)], decodedLength + 1, throwOnEndOfStream: false);
        if (read != decodedLength) throw new InvalidDataException($"A partition should hold {decodedLength} bytes and does not.");
        into.Count += read;
    }

    private sealed class AppendingStream(PooledBytes into) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => into.Count;

        public override long Position
        {
            get => into.Count;
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => into.Append(buffer);

        public override void Write(byte[] buffer, int offset, int count) => into.Append(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
