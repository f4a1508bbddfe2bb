using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Meanwhile.Access;

/// <summary>Writes a request so that equal requests are equal bytes, and hashes it.</summary>
internal static class CanonicalJson
{
    /// <summary>A hash of what a request asks for, after defaults; how it waits is no part of it.</summary>
    /// <param name="parameters">The params, the statement among them.</param>
    public static byte[] Hash(JobRequest request, JsonElement parameters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, request, parameters);
        return SHA256.HashData(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, JobRequest request, JsonElement parameters)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(request.Tool);
        writer.WriteStringValue(request.Source);
        Write(writer, parameters);
        Write(writer, request.Priority);
        Write(writer, request.TtlHours);
        writer.WriteStringValue(request.RunAt?.ToUniversalTime().ToString("O"));
        Write(writer, request.DelaySeconds);
        Write(writer, request.TimeoutSeconds);
        Write(writer, request.MaxAttempts);
        writer.WriteStringValue(request.LimitKey);
        writer.WriteBooleanValue(request.Idempotent ?? false);
        Write(writer, request.StartDeadlineSeconds);
        Write(writer, request.MaxCost);
        foreach (var (name, value) in (request.Labels ?? Jobs.JobSpec.NoLabels).OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            writer.WriteStringValue(name);
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, double? value)
    {
        if (value is { } number) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }

    private static void Write(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in element.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray()) Write(writer, item);
                writer.WriteEndArray();
                break;
            case JsonValueKind.Undefined:
                writer.WriteNullValue();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }
}
