using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Meanwhile.Postgres.Source.Values;

/// <summary>Writes an array as JSON from the text in which PostgreSQL writes it: <c>{1,NULL,{2,3}}</c>.</summary>
/// <remarks>See array_out. An array whose indexes don't begin at 1 (<c>[0:1]={...}</c>) would lose them, so it stays text.</remarks>
internal sealed class ArrayText(ValueKind element, byte delimiter)
{
    private readonly ArrayBufferWriter<byte> _json = new();
    private readonly ArrayBufferWriter<byte> _unescaped = new();

    /// <summary>The JSON; empty when the text is no array that JSON can say. Good until the next call.</summary>
    public ReadOnlySpan<byte> ToJson(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != '{' || !Utf8.IsValid(text)) return default;

        _json.ResetWrittenCount();
        using var writer = new Utf8JsonWriter(_json, new JsonWriterOptions { SkipValidation = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        for (var at = 0; at < text.Length;)
        {
            var c = text[at];
            if (c == '{')
            {
                writer.WriteStartArray();
                at++;
            }
            else if (c == '}')
            {
                writer.WriteEndArray();
                at++;
            }
            else if (c == delimiter) at++;
            else if (c == '"') at = Quoted(text, at + 1, writer);
            else at = Bare(text, at, writer);
        }

        writer.Flush();
        return _json.WrittenSpan;
    }

    private int Bare(ReadOnlySpan<byte> text, int at, Utf8JsonWriter writer)
    {
        var length = text[at..].IndexOfAny(delimiter, (byte)'}');
        var value = length < 0 ? text[at..] : text.Slice(at, length);
        if (value.SequenceEqual("NULL"u8)) writer.WriteNullValue();
        else Write(value, writer);
        return at + value.Length;
    }

    private int Quoted(ReadOnlySpan<byte> text, int at, Utf8JsonWriter writer)
    {
        _unescaped.ResetWrittenCount();
        while (at < text.Length && text[at] != '"')
        {
            if (text[at] == '\\') at++;
            var run = text[(at + 1)..].IndexOfAny((byte)'"', (byte)'\\');
            var length = 1 + Math.Max(run, 0);
            _unescaped.Write(text.Slice(at, length));
            at += length;
        }

        Write(_unescaped.WrittenSpan, writer);
        return at + 1;
    }

    private void Write(ReadOnlySpan<byte> value, Utf8JsonWriter writer)
    {
        Span<byte> rfc = stackalloc byte[40];
        switch (element)
        {
            case ValueKind.Boolean:
                writer.WriteBooleanValue(value is [(byte)'t', ..]);
                break;
            case ValueKind.Integer or ValueKind.Numeric or ValueKind.Float:
                if (ValueFormat.IsDigits(value)) writer.WriteRawValue(value, skipInputValidation: true);
                else Tagged(writer, "$float", value);
                break;
            case ValueKind.Bytes:
                var bytes = new byte[value.Length / 2];
                writer.WriteStartObject();
                writer.WriteBase64String("$bytes", bytes.AsSpan(0, ValueFormat.Bytes(value, bytes)));
                writer.WriteEndObject();
                break;
            case ValueKind.Json:
                writer.WriteRawValue(value, skipInputValidation: true);
                break;
            case ValueKind.Timestamp when ValueFormat.Timestamp(value, rfc) is var length and > 0:
                writer.WriteStringValue(rfc[..length]);
                break;
            default:
                writer.WriteStringValue(value);
                break;
        }
    }

    private static void Tagged(Utf8JsonWriter writer, string tag, ReadOnlySpan<byte> value)
    {
        writer.WriteStartObject();
        writer.WriteString(tag, value);
        writer.WriteEndObject();
    }
}
