using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Server.Operations;
using Meanwhile.Tools;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Tools;

/// <summary>Seeing tools, and declaring those that workers run.</summary>
internal static class ToolOperations
{
    private static readonly Answer ToolAnswer = new(StatusCodes.Status200OK, "The tool.", ContractsJson.Wire.ToolResource);

    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/tools", "list_tools", "Lists the tools that jobs can name.", ListAsync)
        {
            Query = Paging.Parameters,
            Answers = [new(StatusCodes.Status200OK, "A page of tools.", ContractsJson.Wire.ToolList)],
        },
        new("GET", "/v1/tools/{name}", "get_tool", "Shows a tool.", GetAsync) { Answers = [ToolAnswer] },
        new("PUT", "/v1/tools/{name}", "put_tool", "Makes or changes a tool whose jobs workers run; only for instance admins.", PutAsync) { Body = ContractsJson.Requests.ToolSubmission, Answers = [ToolAnswer] },
        new("DELETE", "/v1/tools/{name}", "delete_tool", "Removes a tool whose jobs workers run; only for instance admins.", DeleteAsync) { Answers = [new(StatusCodes.Status204NoContent, "It is gone.")] },
    ];

    private static async Task ListAsync(Exchange exchange)
    {
        var page = await exchange.Administration.ListToolsAsync(Paging.Cursor(exchange.Query), Paging.Limit(exchange.Query), exchange.Aborted);
        await exchange.AnswerLongAsync(Paging.ToResource(page, ToResource), ContractsJson.Wire.ToolList);
    }

    private static async Task GetAsync(Exchange exchange) => await AnswerAsync(exchange, await exchange.Administration.GetToolAsync(exchange.Route("name"), exchange.Aborted));

    private static async Task PutAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.ToolSubmission);
        var tool = Definition(submission, Refusals.SameName(submission.Name, exchange.Route("name")));
        await AnswerAsync(exchange, await exchange.Administration.PutToolAsync(tool, exchange.Aborted));
    }

    private static async Task DeleteAsync(Exchange exchange)
    {
        await exchange.Administration.DeleteToolAsync(exchange.Route("name"), exchange.Aborted);
        await exchange.AnswerNothingAsync(StatusCodes.Status204NoContent);
    }

    private static Task AnswerAsync(Exchange exchange, ToolInfo tool) => exchange.AnswerAsync(StatusCodes.Status200OK, ToResource(tool), ContractsJson.Wire.ToolResource);

    private static ToolDefinition Definition(ToolSubmission submission, string name)
    {
        var defaults = new ToolDescriptor { Name = name, Description = submission.Description ?? throw Refusals.Field("description", "is missing; a sentence on what the tool does is needed") };
        if (submission.TimeoutSeconds is { } seconds && !(seconds is > 0 and <= 604_800)) throw Refusals.Field("timeout_seconds", FormattableString.Invariant($"is {seconds}; more than 0 and at most 604800 is accepted"));
        return new ToolDefinition
        {
            Descriptor = defaults with
            {
                Priority = submission.Priority ?? defaults.Priority,
                MaxAttempts = submission.MaxAttempts ?? defaults.MaxAttempts,
                Timeout = submission.TimeoutSeconds is { } timeout ? TimeSpan.FromSeconds(timeout) : null,
                Repeatable = submission.Idempotent ?? defaults.Repeatable,
            },
            Kind = submission.Type is { } word ? ToolKinds.FromWord(word) ?? throw Refusals.Field("type", $"is '{Refusals.Short(word)}'; worker is accepted") : ToolKind.Worker,
            ParamsSchema = submission.ParamsSchema ?? default,
        };
    }

    private static ToolResource ToResource(ToolInfo tool)
    {
        var (definition, descriptor) = (tool.Definition, tool.Definition.Descriptor);
        return new ToolResource
        {
            Name = descriptor.Name,
            Type = definition.Kind.Word,
            Description = descriptor.Description,
            ParamsSchema = definition.ParamsSchema.ValueKind == JsonValueKind.Undefined ? null : definition.ParamsSchema,
            Priority = descriptor.Priority,
            MaxAttempts = descriptor.MaxAttempts,
            TimeoutSeconds = descriptor.Timeout?.TotalSeconds,
            Idempotent = descriptor.Repeatable,
            WorkerCount = tool.WorkerCount,
            FromConfiguration = tool.FromConfiguration,
            Version = tool.Version,
            UpdatedAt = tool.UpdatedAt,
        };
    }
}
