using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Tools;

namespace Meanwhile.Postgres.Tests.Enqueuing;

/// <summary>Says what it is told to.</summary>
internal sealed class EchoTool : ITool<EchoParams, EchoResult>
{
    public ToolDescriptor Descriptor { get; } = new() { Name = "echo", Description = "Says what it is told to." };

    public JsonTypeInfo<EchoParams> ParamsJson => EchoJson.Default.EchoParams;

    public JsonTypeInfo<EchoResult> ResultJson => EchoJson.Default.EchoResult;

    public Task<EchoResult> RunAsync(EchoParams parameters, IToolContext context, CancellationToken cancellationToken) => Task.FromResult(new EchoResult(parameters.Say ?? ""));
}

internal sealed record EchoParams(string? Say = null);

internal sealed record EchoResult(string Said);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EchoParams))]
[JsonSerializable(typeof(EchoResult))]
internal sealed partial class EchoJson : JsonSerializerContext;
