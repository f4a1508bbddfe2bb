using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Meanwhile.Jobs;

namespace Meanwhile.Access;

/// <summary>Writes a request so that equal requests are equal bytes, and hashes it.</summary>
internal static class CanonicalJson
{
    /// <summary>A hash of what a request asks for, after defaults; how it waits is no part of it.</summary>
    /// <param name="parameters">The params, the statement among them.</param>
    /// <param name="spec">What was made of the request, for what has a default.</param>
    public static byte[] Hash(JobRequest request, JsonElement parameters, JobSpec spec)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, request, parameters, spec);
        return SHA256.HashData(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, JobRequest request, JsonElement parameters, JobSpec spec)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(request.Tool);
        writer.WriteStringValue(request.Source);
        Write(writer, parameters);
        Write(writer, spec.Priority);
        Write(writer, spec.Ttl.TotalHours);
        writer.WriteStringValue(request.RunAt?.ToUniversalTime().ToString("O"));
        Write(writer, request.RunAt is null ? request.DelaySeconds ?? 0 : null);
        Write(writer, request.TimeoutSeconds); // the source's own may change, and would turn a repetition into another request
        Write(writer, spec.MaxAttempts);
        writer.WriteStringValue(request.LimitKey);
        writer.WriteBooleanValue(spec.Idempotent);
        Write(writer, request.StartDeadlineSeconds);
        Write(writer, request.MaxCost);
        foreach (var (name, value) in spec.Labels.OrderBy(label => label.Key, StringComparer.Ordinal))
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
