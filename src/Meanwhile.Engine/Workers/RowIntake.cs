using System.Buffers;
using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Problems;
using Meanwhile.Results;

namespace Meanwhile.Workers;

/// <summary>Takes rows as JSON arrays and hands them, cell by cell, to a result writer.</summary>
internal sealed class RowIntake(IResultWriter writer, int columns)
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };
    private long _row;

    /// <summary>Takes one row.</summary>
    /// <exception cref="ProblemException">It is no JSON array, or has not a value a column; the row is named, from 0.</exception>
    public RowAnswer Take(ReadOnlySpan<byte> line)
    {
        try
        {
            var cells = TakeCells(line);
            if (cells != columns) throw Bad($"has {cells} values; {columns} are accepted, one a column");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Bad("is no JSON array on a line of its own");
        }

        _row++;
        return writer.EndRow();
    }

    private int TakeCells(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) throw Bad("is no JSON array");
        var cells = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (++cells > columns) throw Bad($"has more than {columns} values, one a column");
            Write(ref reader, line);
        }

        if (reader.Read()) throw Bad("has something after its array");
        return cells;
    }

    private void Write(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                writer.Null();
                break;
            case JsonTokenType.True or JsonTokenType.False:
                writer.Boolean(reader.TokenType == JsonTokenType.True);
                break;
            case JsonTokenType.Number:
                writer.Number(reader.ValueSpan);
                break;
            case JsonTokenType.String when !reader.ValueIsEscaped:
                writer.Text(reader.ValueSpan);
                break;
            case JsonTokenType.String:
                WriteUnescaped(ref reader);
                break;
            default:
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                writer.Json(line[start..(int)reader.BytesConsumed]);
                break;
        }
    }

    private void WriteUnescaped(ref Utf8JsonReader reader)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            writer.Text(buffer.AsSpan(0, reader.CopyString(buffer)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private ProblemException Bad(string message) => SpecMaker.Invalid([new FieldError($"rows[{_row}]", message)]);
}
