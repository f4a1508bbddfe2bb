using System.Text.Json;
using System.Text.Json.Serialization;

namespace Meanwhile.Callbacks;

/// <summary>How far a call of an endpoint is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CallStage>))]
internal enum CallStage
{
    /// <summary>It is, or was, about to be sent: nobody knows whether it arrived.</summary>
    [JsonStringEnumMemberName("sending")] Sending,

    /// <summary>The endpoint took it; its answer is awaited.</summary>
    [JsonStringEnumMemberName("delivered")] Delivered,

    /// <summary>The endpoint did not take it, or could not be reached.</summary>
    [JsonStringEnumMemberName("refused")] Refused,

    /// <summary>Its answer came, and the job goes on after it with another call.</summary>
    [JsonStringEnumMemberName("answered")] Answered,
}

/// <summary>What a job keeps, as its checkpoint, of the call that it makes.</summary>
/// <param name="Call">The attempt that first made it: with the job, what names it.</param>
/// <param name="At">The attempt that last wrote this.</param>
internal sealed record CallState(int Call, CallStage Stage, int At)
{
    /// <summary>Reads a checkpoint; null when there is none.</summary>
    public static CallState? Read(string? checkpoint) => checkpoint is null ? null : JsonSerializer.Deserialize(checkpoint, CallJson.Default.CallState);

    /// <summary>As a checkpoint.</summary>
    public string Write() => JsonSerializer.Serialize(this, CallJson.Default.CallState);

    /// <summary>What an attempt begins with.</summary>
    /// <param name="known">What earlier attempts left; null = nothing.</param>
    /// <param name="mayRepeat">Whether a call may be sent again when nobody knows whether it arrived.</param>
    public static CallStep Begin(CallState? known, int attempt, bool mayRepeat) => known switch
    {
        null or { Stage: CallStage.Refused or CallStage.Answered } => new CallStep.Send(attempt),
        { Stage: CallStage.Delivered } => new CallStep.Await(known.Call),
        _ when mayRepeat => new CallStep.Send(known.Call), // under the same key, by which the endpoint knows it again
        _ => new CallStep.Doubt(),
    };
}

/// <summary>What an attempt of a call begins with. Closed: the cases are those nested here.</summary>
internal abstract record CallStep
{
    private CallStep()
    {
    }

    /// <summary>Send the call.</summary>
    public sealed record Send(int Call) : CallStep;

    /// <summary>It was delivered: only its answer is awaited.</summary>
    public sealed record Await(int Call) : CallStep;

    /// <summary>It may have arrived, and may not be sent again.</summary>
    public sealed record Doubt : CallStep;
}

/// <summary>What is sent to an endpoint.</summary>
internal sealed record CallBody
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>Its short id.</summary>
    public required string ShortId { get; init; }

    /// <summary>The attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>The project.</summary>
    public required string Project { get; init; }

    /// <summary>The tool.</summary>
    public required string Tool { get; init; }

    /// <summary>The params; absent from a cancel.</summary>
    public JsonElement? Params { get; init; }

    /// <summary>The labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>How long the work may take, from now.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>Where the answer goes; absent from a cancel.</summary>
    public string? CallbackUrl { get; init; }
}

/// <summary>The JSON of calls.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CallState))]
[JsonSerializable(typeof(CallBody))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class CallJson : JsonSerializerContext;
