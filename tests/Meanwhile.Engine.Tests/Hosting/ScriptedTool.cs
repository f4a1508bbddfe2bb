using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Access;
using Meanwhile.Tools;

namespace Meanwhile.Hosting;

internal sealed record ToolParams(int N = 0, string? Text = null, IReadOnlyList<int>? List = null);

internal sealed record ToolResult(string Said);

internal sealed record ToolPlace(int Step);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ToolParams))]
[JsonSerializable(typeof(ToolResult))]
[JsonSerializable(typeof(ToolPlace))]
internal sealed partial class ToolJson : JsonSerializerContext;

/// <summary>A tool that does what a test says.</summary>
internal sealed class ScriptedTool(Func<ToolParams, IToolContext, CancellationToken, Task<string>> run) : ITool<ToolParams, ToolResult>
{
    public const string Name = "work";

    public ToolDescriptor Descriptor { get; init; } = new() { Name = Name, Description = "Works." };

    public JsonTypeInfo<ToolParams> ParamsJson => ToolJson.Default.ToolParams;

    public JsonTypeInfo<ToolResult> ResultJson => ToolJson.Default.ToolResult;

    public async Task<ToolResult> RunAsync(ToolParams parameters, IToolContext context, CancellationToken cancellationToken) =>
        new(await run(parameters, context, cancellationToken));

    /// <summary>A job of the tool.</summary>
    public static JobRequest Request(string parameters = "{}") => new() { Tool = Name, Params = JsonDocument.Parse(parameters).RootElement };
}
