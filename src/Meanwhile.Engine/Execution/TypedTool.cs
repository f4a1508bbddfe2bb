using System.Text;
using System.Text.Json;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Diagnostics;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Sources;
using Meanwhile.Stores;
using Meanwhile.Tools;

namespace Meanwhile.Execution;

/// <summary>Runs a tool that an application registered.</summary>
internal sealed class TypedTool<TParams, TResult>(ITool<TParams, TResult> tool, IJobStore store, StorePatience patience) : IToolRunner
{
    private const int SummaryLengthMax = 64 * 1024;

    /// <inheritdoc/>
    public ToolDescriptor Descriptor => tool.Descriptor;

    /// <inheritdoc/>
    public JsonElement ParamsSchema { get; } = SchemaOf(tool.ParamsJson);

    /// <inheritdoc/>
    public string? StatementField => null;

    /// <inheritdoc/>
    public bool NeedsSource => false;

    /// <inheritdoc/>
    public IReadOnlyList<FieldError> Check(JsonElement parameters, SourceDefinition? source)
    {
        if (UnknownField(parameters) is { } unknown) return [unknown];
        try
        {
            _ = parameters.Deserialize(tool.ParamsJson);
            return [];
        }
        catch (JsonException exception)
        {
            var path = exception.Path is { Length: > 1 } inner ? "params" + inner[1..] : "params";
            return [Unfit(path, exception)];
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or NotSupportedException) // a parameter type that checks itself
        {
            return [Unfit("params", exception)];
        }
    }

    /// <summary>What the reader says, without its places in a text that the caller did not write.</summary>
    private FieldError Unfit(string path, Exception exception) =>
        new(path, $"does not fit what tool '{Descriptor.Name}' takes: {exception.Message.Split(" Path: ", 2)[0]}");

    /// <inheritdoc/>
    public IWork Start(Attempt attempt)
    {
        var stop = new CancellationTokenSource();
        return new Work(RunAsync(attempt, stop), stop);
    }

    private sealed class Work(Task<WorkOutcome> completion, CancellationTokenSource stop) : IWork
    {
        public Task<WorkOutcome> Completion { get; } = completion;

        public ValueTask<string> CancelAsync(CancellationToken cancellationToken)
        {
            stop.Cancel(); // not CancelAsync, which would leave the thread that drives the engine
            return new("The tool's cancellation token was cancelled.");
        }
    }

    private async Task<WorkOutcome> RunAsync(Attempt attempt, CancellationTokenSource stop)
    {
        await Task.Yield(); // the tool's own code must not run before its supervisor listens
        try
        {
            attempt.Journal.Enter(JobPhase.Executing);
            if (!Descriptor.Repeatable) await BeginEffectsAsync(attempt, stop.Token);
            using var parameters = JsonDocument.Parse(attempt.Spec.Params);
            var context = new ToolContext(attempt, store, patience);
            var result = await tool.RunAsync(parameters.RootElement.Deserialize(tool.ParamsJson)!, context, stop.Token);
            return Done(attempt, result);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested || attempt.Fenced.IsCompleted)
        {
            return new WorkOutcome.Interrupted();
        }
        catch (ToolSnoozedException snoozed)
        {
            return new WorkOutcome.Snoozed(snoozed.Delay, snoozed.Message);
        }
        catch (ToolFailedException failed)
        {
            return new WorkOutcome.Failed(failed.Error);
        }
        catch (Exception exception) // a tool may throw anything; it becomes the job's error
        {
            attempt.Journal.Log.Append(exception.ToString());
            return new WorkOutcome.Failed(JobError.Of(ErrorKind.Internal, $"{exception.GetType().Name}: {exception.Message}", "tool_threw") with { Retryable = true });
        }
    }

    private WorkOutcome Done(Attempt attempt, TResult result)
    {
        var summary = JsonSerializer.Serialize(result, tool.ResultJson);
        if (Encoding.UTF8.GetByteCount(summary) > SummaryLengthMax)
            return new WorkOutcome.Failed(JobError.Of(ErrorKind.ResourceLimit, $"The tool's result is longer than {SummaryLengthMax} bytes of JSON.", "summary_too_long"));
        return new WorkOutcome.Done(new ResultManifest { Attempt = attempt.Fence.Attempt, Fence = attempt.Fence.Fence, Summary = summary });
    }

    private async ValueTask BeginEffectsAsync(Attempt attempt, CancellationToken cancellationToken) =>
        await EffectIntent.StoreAsync(attempt, commitIsMarked: false, store, patience, cancellationToken);

    private static JsonElement SchemaOf(JsonTypeInfo json)
    {
        using var schema = JsonDocument.Parse(JsonSchemaExporter.GetJsonSchemaAsNode(json).ToJsonString());
        return schema.RootElement.Clone();
    }

    private FieldError? UnknownField(JsonElement parameters)
    {
        if (tool.ParamsJson.Kind != JsonTypeInfoKind.Object || tool.ParamsJson.UnmappedMemberHandling == System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow) return null;
        var known = tool.ParamsJson.Properties.Select(property => property.Name).ToHashSet(tool.ParamsJson.Options.PropertyNameCaseInsensitive ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var property in parameters.EnumerateObject())
        {
            if (!known.Contains(property.Name)) return new FieldError($"params.{property.Name}", $"is not a parameter of tool '{Descriptor.Name}'; it takes {string.Join(", ", known.Order())}");
        }

        return null;
    }
}
