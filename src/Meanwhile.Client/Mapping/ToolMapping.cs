using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Tools;

namespace Meanwhile.Client;

/// <summary>Tools, as the wire tells them.</summary>
internal static class ToolMapping
{
    extension(ToolResource tool)
    {
        public ToolInfo ToInfo() => new(tool.ToDefinition(), tool.FromConfiguration, tool.WorkerCount, tool.Version, tool.UpdatedAt);

        private ToolDefinition ToDefinition() => new()
        {
            Descriptor = new ToolDescriptor
            {
                Name = tool.Name,
                Description = tool.Description,
                Priority = tool.Priority,
                MaxAttempts = tool.MaxAttempts,
                Timeout = tool.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                Repeatable = tool.Idempotent,
            },
            Kind = ToolKinds.FromWord(tool.Type) ?? throw new JsonException($"The server's type of tool '{tool.Type}' is not known here; it may be newer than this client."),
            ParamsSchema = tool.ParamsSchema ?? default,
        };
    }

    extension(ToolDefinition tool)
    {
        public ToolSubmission ToSubmission() => new()
        {
            Type = tool.Kind.Word,
            Description = tool.Descriptor.Description,
            ParamsSchema = tool.ParamsSchema.ValueKind == JsonValueKind.Undefined ? null : tool.ParamsSchema,
            Priority = tool.Descriptor.Priority,
            MaxAttempts = tool.Descriptor.MaxAttempts,
            TimeoutSeconds = tool.Descriptor.Timeout?.TotalSeconds,
            Idempotent = tool.Descriptor.Repeatable,
        };
    }
}
