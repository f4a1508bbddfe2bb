using System.Text;
using System.Text.Json;
using Meanwhile.Blobs;
using Meanwhile.Diagnostics;
using Meanwhile.Jobs;
using Meanwhile.Offloading;
using Meanwhile.Problems;
using Meanwhile.Registry;
using Meanwhile.Results;
using Meanwhile.Settings;
using Meanwhile.Sources;
using Meanwhile.Stores;
using Meanwhile.Tools;

namespace Meanwhile.Execution;

/// <summary>The tool <c>query</c>: runs a statement, or a script, at a source and keeps its rows.</summary>
internal sealed class QueryTool(
    SourceCatalog sources, IBlobStore blobs, IWorkOffload offload, IJobStore store, StorePatience patience, StatementTags tags, EarlierAttempts earlier, EngineOptions options) : IToolRunner
{
    /// <summary>The tool's name.</summary>
    public const string Name = "query";

    private const string SqlField = "sql";
    private const string ParametersField = "parameters";

    /// <summary>Where a job's params hold the highest cost that was asked for; what a caller sends has it beside the params.</summary>
    public const string MaxCostField = "max_cost";

    /// <inheritdoc/>
    public ToolDescriptor Descriptor { get; } = new()
    {
        Name = Name,
        Description = "Runs a SQL statement, or a script of them, at a source and keeps its rows for paging.",
    };

    /// <inheritdoc/>
    public ToolKind Kind => ToolKind.Builtin;

    /// <inheritdoc/>
    public string? StatementField => SqlField;

    /// <inheritdoc/>
    public bool NeedsSource => true;

    /// <inheritdoc/>
    public IReadOnlyList<FieldError> Check(JsonElement parameters, SourceDefinition? source)
    {
        List<FieldError> errors = [];
        foreach (var property in parameters.EnumerateObject())
        {
            if (property.Name is not (SqlField or ParametersField)) errors.Add(new FieldError($"params.{property.Name}", "is not a parameter of tool 'query'; it takes sql, parameters"));
        }

        errors.AddRange(CheckSql(parameters));
        if (parameters.TryGetProperty(ParametersField, out var values) && values.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
            errors.Add(new FieldError($"params.{ParametersField}", $"is {values.KindInWords}; an object (by name) or an array (by position) is accepted"));
        if (errors.Count == 0 && source is not null && Refusal(parameters, source) is { } error) errors.Add(new FieldError(FieldOf(error), error.Message));
        return errors;
    }

    /// <summary>What the source's kind sees wrong without being asked.</summary>
    private JobError? Refusal(JsonElement parameters, SourceDefinition source) => sources.FactoryOf(source.Type)?.CheckStatement(
        parameters.GetProperty(SqlField).GetString()!, parameters.TryGetProperty(ParametersField, out var values) ? values : default);

    private static string FieldOf(JobError error) => error.Code.StartsWith("parameter", StringComparison.Ordinal) ? $"params.{ParametersField}" : $"params.{SqlField}";

    /// <inheritdoc/>
    public IWork Start(Attempt attempt)
    {
        SourceCatalog.Use use;
        try
        {
            use = sources.Open(attempt.Spec.Project, attempt.Spec.Source!);
        }
        catch (ProblemException gone)
        {
            var code = gone.Problem.Code == ProblemCodes.NotFound ? "unknown_source" : "unusable_source";
            return new EndedWork(new WorkOutcome.Failed(JobError.Of(ErrorKind.NotFound, gone.Message, code)));
        }

        var spooler = new ResultSpooler(attempt.Fence, Limits(use.Definition.Options), blobs, offload);
        return new QueryRun(attempt, Request(attempt), use, spooler, earlier, store, patience).Start();
    }

    /// <summary>The statement of a job, as a source takes it.</summary>
    /// <param name="parameters">The job's params, without the statement.</param>
    public static StatementRequest Request(string sql, JsonElement parameters, string tag) => new()
    {
        Sql = sql,
        Parameters = parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty(ParametersField, out var values) ? values : default,
        Tag = tag,
        CostMax = parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty(MaxCostField, out var cost) ? cost.GetDouble() : null,
    };

    private StatementRequest Request(Attempt attempt)
    {
        using var document = JsonDocument.Parse(attempt.Spec.Params);
        return Request(attempt.Spec.Statement!, document.RootElement.Clone(), tags.Of(attempt.Job, attempt.Fence.Attempt));
    }

    private ResultOptions Limits(SourceOptions source) => options.Results with
    {
        RowsMax = source.RowsMax ?? options.Results.RowsMax,
        ResultBytesMax = source.ResultBytesMax ?? options.Results.ResultBytesMax,
        CellBytesMax = source.CellBytesMax,
    };

    private IEnumerable<FieldError> CheckSql(JsonElement parameters)
    {
        const string field = $"params.{SqlField}";
        if (!parameters.TryGetProperty(SqlField, out var sql)) return [new FieldError(field, "is missing; the text of a statement is needed")];
        if (sql.ValueKind != JsonValueKind.String) return [new FieldError(field, $"is {sql.KindInWords}; the text of a statement is accepted")];
        var text = sql.GetString()!;
        if (string.IsNullOrWhiteSpace(text)) return [new FieldError(field, "is empty; the text of a statement is needed")];
        var bytes = Encoding.UTF8.GetByteCount(text);
        return bytes > options.StatementBytesMax
            ? [new FieldError(field, $"has {bytes} bytes; at most {options.StatementBytesMax} are accepted")]
            : [];
    }

    private sealed class EndedWork(WorkOutcome outcome) : IWork
    {
        public Task<WorkOutcome> Completion { get; } = Task.FromResult(outcome);

        public ValueTask<string> CancelAsync(CancellationToken cancellationToken) => new("No work was running.");
    }
}
