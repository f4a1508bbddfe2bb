using System.Text.Json;
using System.Text.Json.Serialization;
using Meanwhile.Jobs;
using Meanwhile.Nodes;

namespace Meanwhile.Postgres.Store.Nodes;

/// <summary>A hint to other nodes as a notification carries it: at most some 5,000 of the 8,000 bytes that one may have.</summary>
internal sealed record WakeUpMessage
{
    public bool Work { get; init; }

    public bool Cancels { get; init; }

    public bool Enqueued { get; init; }

    /// <summary>That the registry was changed: it is the store's own, and no hint of the port.</summary>
    public bool Registry { get; init; }

    public Guid[]? Jobs { get; init; }

    public string[]? Projects { get; init; }
}

/// <summary>Writes and reads hints.</summary>
internal static class WakeUpText
{
    /// <summary>The text of a hint.</summary>
    public static string Of(WakeUp told) => JsonSerializer.Serialize(
        new WakeUpMessage
        {
            Work = told.Work,
            Cancels = told.Cancels,
            Enqueued = told.Enqueued,
            Jobs = told.Jobs.Count == 0 ? null : [.. told.Jobs.Select(job => job.Value)],
            Projects = told.Projects.Count == 0 ? null : [.. told.Projects],
        },
        WakeUpJson.Default.WakeUpMessage);

    /// <summary>What a node tells that has changed the registry.</summary>
    public static string RegistryChanged { get; } = JsonSerializer.Serialize(new WakeUpMessage { Registry = true }, WakeUpJson.Default.WakeUpMessage);

    /// <summary>The hint of a text; one that can't be read, as a newer version may send, means anything.</summary>
    public static WakeUp Read(string text)
    {
        try
        {
            var message = JsonSerializer.Deserialize(text, WakeUpJson.Default.WakeUpMessage) ?? new WakeUpMessage();
            return new WakeUp(message.Work, message.Cancels, [.. (message.Jobs ?? []).Select(job => new JobId(job))], message.Projects ?? [], message.Enqueued);
        }
        catch (JsonException)
        {
            return new WakeUp(Work: true, Cancels: true, [], [], Enqueued: true);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(WakeUpMessage))]
internal sealed partial class WakeUpJson : JsonSerializerContext;
