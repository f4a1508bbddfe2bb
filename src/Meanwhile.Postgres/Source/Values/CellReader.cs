using System.Buffers;
using System.Text.Unicode;
using Meanwhile.Results;
using Npgsql;

namespace Meanwhile.Postgres.Source.Values;

/// <summary>Moves the cells of one statement from the driver to the writer, each as what its type is.</summary>
/// <param name="cellBytesMax">Of a longer value only so much is held in memory as shows the writer that it is to be cut.</param>
internal sealed class CellReader(IReadOnlyList<Column> columns, int cellBytesMax, IResultWriter writer) : IDisposable
{
    private const int BufferBytesMin = 64 * 1024;
    private readonly ArrayText?[] _arrays = [.. columns.Select(column => column.Kind == ValueKind.Array ? new ArrayText(column.Element, column.Delimiter) : null)];
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytesMin);

    /// <summary>Moves one row's cells.</summary>
    public void Move(NpgsqlDataReader reader)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (reader.IsDBNull(i)) writer.Null();
            else Write(i, columns[i].Kind, Read(reader, i, columns[i].Kind));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    /// <summary>The text of a value, or as much of it as is more than a cell may have.</summary>
    private ReadOnlySpan<byte> Read(NpgsqlDataReader reader, int column, ValueKind kind)
    {
        var most = (kind == ValueKind.Bytes ? 2L * cellBytesMax : cellBytesMax) + Beyond;
        var length = 0;
        while (true)
        {
            length += (int)reader.GetBytes(column, length, _buffer, length, _buffer.Length - length);
            if (length < _buffer.Length || length > most) return _buffer.AsSpan(0, (int)Math.Min(length, most));
            Grow(most);
        }
    }

    private void Grow(long most)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * _buffer.Length, Math.Max(most + 1, _buffer.Length + 1L)));
        _buffer.CopyTo(larger.AsSpan());
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private void Write(int column, ValueKind kind, ReadOnlySpan<byte> text)
    {
        if (text.Length > cellBytesMax && kind != ValueKind.Bytes) kind = ValueKind.Text; // it is cut: half of it is nothing but text
        Span<byte> rfc = stackalloc byte[40];
        switch (kind)
        {
            case ValueKind.Boolean:
                writer.Boolean(text is [(byte)'t', ..]);
                break;
            case ValueKind.Integer when ValueFormat.Integer(text, out var integer):
                writer.Int64(integer);
                break;
            case ValueKind.Numeric when ValueFormat.IsDigits(text):
                writer.Number(text);
                break;
            case ValueKind.Numeric or ValueKind.Float:
                writer.Double(ValueFormat.Float(text));
                break;
            case ValueKind.Bytes when text is [(byte)'\\', (byte)'x', ..]:
                writer.Bytes(_buffer.AsSpan(0, Unhex(text)));
                break;
            case ValueKind.Json when Utf8.IsValid(text): // a database in SQL_ASCII holds anything
                writer.Json(text);
                break;
            case ValueKind.Timestamp when ValueFormat.Timestamp(text, rfc) is var length and > 0:
                writer.Text(rfc[..length]);
                break;
            case ValueKind.Array when _arrays[column]!.ToJson(text) is { IsEmpty: false } json:
                writer.Json(json);
                break;
            case ValueKind.Void:
                writer.Null();
                break;
            default:
                writer.Text(text);
                break;
        }
    }

    /// <summary>Two digits become one byte, so what is written never overtakes what is read.</summary>
    private int Unhex(ReadOnlySpan<byte> text)
    {
        var written = 0;
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        for (var at = 2; at < text.Length; written += ChunkBytes, at += 2 * ChunkBytes)
        {
            var digits = text.Slice(at, Math.Min(2 * ChunkBytes, text.Length - at));
            var bytes = digits.Length / 2;
            Convert.FromHexString(digits[..(2 * bytes)], chunk, out _, out _);
            chunk[..bytes].CopyTo(_buffer.AsSpan(written));
            if (bytes < ChunkBytes) return written + bytes;
        }

        return written;
    }

    private const int ChunkBytes = 512;

    /// <summary>More than a prefix and half a character.</summary>
    private const int Beyond = 8;
}
