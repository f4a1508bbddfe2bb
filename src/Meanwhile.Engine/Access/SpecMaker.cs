using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Registry;
using Meanwhile.Settings;
using Meanwhile.Sources;

namespace Meanwhile.Access;

/// <summary>Makes what is stored of a submission, or says what is wrong with it.</summary>
internal sealed partial class SpecMaker(ToolCatalog tools, SourceCatalog sources, JobIdMaker ids, TimeProvider time, EngineOptions options)
{
    /// <summary>Checks a request and makes its spec, with a new id.</summary>
    /// <exception cref="ProblemException">Something is wrong: every field at fault is named.</exception>
    public JobSpec Make(JobRequest request, Caller caller)
    {
        var now = time.GetUtcNow();
        RefuseReserved(request);
        var errors = RequestCheck.Errors(request, now);
        var tool = FindTool(request, errors);
        var source = FindSource(request, tool, caller, errors);
        if (errors.Count == 0 && tool is not null) errors.AddRange(tool.Check(Params(request), source));
        if (errors.Count > 0 || tool is null) throw Invalid(errors);
        if (request.MaxCost is not null) RefuseCost(request, tool, source);
        return Make(request, caller, tool, source, now);
    }

    /// <summary>A refusal that names its fields.</summary>
    public static ProblemException Invalid(IReadOnlyList<FieldError> errors) => new(new Problem
    {
        Code = ProblemCodes.InvalidRequest,
        Detail = FieldErrors.Detail(errors),
        Errors = errors,
    });

    private JobSpec Make(JobRequest request, Caller caller, IToolRunner tool, SourceDefinition? source, DateTimeOffset now)
    {
        var parameters = Params(request);
        var runAt = request.RunAt is { } at && at > now ? at : now.AddSeconds(request.DelaySeconds ?? 0);
        var (statement, rest) = Split(tool, parameters, request.MaxCost);
        var spec = new JobSpec
        {
            Id = ids.Next(),
            Project = caller.Project,
            SubmittedBy = caller.Principal,
            Tool = request.Tool,
            Source = source?.Name,
            Statement = statement,
            Params = rest,
            Priority = request.Priority ?? tool.Descriptor.Priority,
            CreatedAt = now,
            RunAt = runAt,
            MaxAttempts = request.MaxAttempts ?? tool.Descriptor.MaxAttempts,
            Timeout = request.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : tool.Descriptor.Timeout ?? source?.Options.StatementTimeout,
            StartDeadlineAt = request.StartDeadlineSeconds is { } deadline ? runAt.AddSeconds(deadline) : null,
            Ttl = TimeSpan.FromHours(request.TtlHours ?? 24),
            Idempotent = request.Idempotent ?? false,
            LimitKey = request.LimitKey,
            IdempotencyKey = request.IdempotencyKey,
            Labels = request.Labels ?? JobSpec.NoLabels,
            TraceParent = request.TraceParent is { } trace && TraceParent().IsMatch(trace) ? trace : null, // a bad one is dropped, as W3C asks
        };
        return spec.IdempotencyKey is null ? spec : spec with { ContentHash = CanonicalJson.Hash(request, parameters, spec) };
    }

    private static void RefuseReserved(JobRequest request)
    {
        List<FieldError> errors = [];
        if (request.OnDuplicate is not null) errors.Add(new FieldError("on_duplicate", "is reserved for a later version; leave it out and use an idempotency key"));
        if (request.Keep is not null) errors.Add(new FieldError("keep", "is reserved for a later version; leave it out"));
        if (errors.Count > 0) throw new ProblemException(new Problem { Code = ProblemCodes.NotSupported, Detail = FieldErrors.Detail(errors), Errors = errors });
    }

    private void RefuseCost(JobRequest request, IToolRunner tool, SourceDefinition? source)
    {
        var why = source is null || tool.StatementField is null ? $"tool '{request.Tool}' has no costs" : $"a source of type '{source.Type}' can't tell what a statement will cost";
        if (source is not null && tool.StatementField is not null && sources.FactoryOf(source.Type)?.Capabilities.MaxCost == true) return;
        throw new ProblemException(new Problem { Code = ProblemCodes.NotSupported, Detail = $"max_cost is not supported: {why}.", Errors = [new FieldError("max_cost", why)] });
    }

    private IToolRunner? FindTool(JobRequest request, List<FieldError> errors)
    {
        var tool = tools.Find(request.Tool);
        if (tool is null) errors.Add(new FieldError("tool", $"is '{RequestCheck.Shown(request.Tool)}'; known tools are {tools.NamesInWords}"));
        return tool;
    }

    private SourceDefinition? FindSource(JobRequest request, IToolRunner? tool, Caller caller, List<FieldError> errors)
    {
        if (tool is null) return null;
        if (!tool.NeedsSource)
        {
            if (request.Source is not null) errors.Add(new FieldError("source", $"is given, but tool '{request.Tool}' uses no source"));
            return null;
        }

        if (request.Source is not { } name)
        {
            errors.Add(new FieldError("source", "is missing; the name of a source is needed"));
            return null;
        }

        var source = caller.HasSource(name) ? sources.Find(caller.Project, name) : null;
        if (source is null) errors.Add(new FieldError("source", $"is '{RequestCheck.Shown(name)}'; there is no such source in project '{caller.Project}'"));
        return source;
    }

    private static readonly JsonElement NoParams = JsonDocument.Parse("{}").RootElement.Clone();

    private static JsonElement Params(JobRequest request) => request.Params.ValueKind == JsonValueKind.Object ? request.Params : NoParams;

    private (string? Statement, string Params) Split(IToolRunner tool, JsonElement parameters, double? maxCost)
    {
        var rest = tool.StatementField is { } field ? Without(parameters, field, maxCost) : parameters.GetRawText();
        var statement = tool.StatementField is { } name ? parameters.GetProperty(name).GetString() : null;
        if (statement?.Contains('\0') == true) throw Invalid([new FieldError($"params.{tool.StatementField}", "holds NUL, which no statement can")]);
        if (rest.Length > options.ParamsLengthMax) throw Invalid([new FieldError("params", $"has {rest.Length} characters of JSON; at most {options.ParamsLengthMax} are accepted")]);
        return (statement, rest);
    }

    /// <summary>The params without the statement, and with the highest cost, which belongs to how the statement is run.</summary>
    private static string Without(JsonElement parameters, string field, double? maxCost)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var property in parameters.EnumerateObject())
            {
                if (!property.NameEquals(field)) property.WriteTo(writer);
            }

            if (maxCost is { } most) writer.WriteNumber(QueryTool.MaxCostField, most);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    [GeneratedRegex(@"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\z")]
    private static partial Regex TraceParent();
}
