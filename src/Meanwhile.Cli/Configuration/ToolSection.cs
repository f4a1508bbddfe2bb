using System.Text.Json;
using System.Text.Json.Serialization;
using Meanwhile.Cli.Problems;
using Meanwhile.Tools;

namespace Meanwhile.Cli.Configuration;

/// <summary>A tool of the configuration file. docs/workers.md explains each field.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ToolSection
{
    private const double SecondsMax = 604_800;

    /// <summary>Its name.</summary>
    public string? Name { get; set; }

    /// <summary>Who runs its jobs: <c>worker</c> (default) or <c>http</c>.</summary>
    public string? Type { get; set; }

    /// <summary>What it does.</summary>
    public string? Description { get; set; }

    /// <summary>A JSON Schema that params are held to.</summary>
    public JsonElement? ParamsSchema { get; set; }

    /// <summary>The priority of jobs that do not say.</summary>
    public int? Priority { get; set; }

    /// <summary>max_attempts of jobs that do not say.</summary>
    public int? MaxAttempts { get; set; }

    /// <summary>How long an attempt may run when the job does not say.</summary>
    public double? TimeoutSeconds { get; set; }

    /// <summary>Whether the work may run again when it is unknown how far it came.</summary>
    public bool? Idempotent { get; set; }

    /// <summary>The endpoint of an <c>http</c> tool.</summary>
    public Uri? Url { get; set; }

    /// <summary>POST (default) or PUT.</summary>
    public string? Method { get; set; }

    /// <summary>Headers to send; values may hold references.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; set; }

    /// <summary>Where a cancel is sent.</summary>
    public Uri? CancelUrl { get; set; }

    /// <summary>How long one request may take.</summary>
    public double? RequestTimeoutSeconds { get; set; }

    /// <summary>The tool as the engine takes it; what is out of range is the engine's to refuse.</summary>
    /// <exception cref="UsageException">Something is missing, or is for another type.</exception>
    public ToolDefinition ToDefinition()
    {
        if (Name is not { Length: > 0 } name) throw Fault("has no name");
        if (Description is not { Length: > 0 } description) throw Fault("has no description");
        if (Type is { } word && ToolKinds.FromWord(word) is not (ToolKind.Worker or ToolKind.Http)) throw Fault($"is of type '{word}'; worker and http are accepted");
        var isEndpoint = Type == ToolKind.Http.Word;
        if (!isEndpoint && (Url is not null || Method is not null || Headers is not null || CancelUrl is not null || RequestTimeoutSeconds is not null)) throw Fault("has url, method, headers, cancel_url or request_timeout_seconds, which are for type http");
        var defaults = new ToolDescriptor { Name = name, Description = description };
        return new ToolDefinition
        {
            Descriptor = defaults with
            {
                Priority = Priority ?? defaults.Priority,
                MaxAttempts = MaxAttempts ?? defaults.MaxAttempts,
                Timeout = Seconds("timeout_seconds", TimeoutSeconds),
                Repeatable = Idempotent ?? defaults.Repeatable,
            },
            Kind = isEndpoint ? ToolKind.Http : ToolKind.Worker,
            ParamsSchema = ParamsSchema ?? default,
            Endpoint = isEndpoint ? ToEndpoint() : null,
        };
    }

    private HttpEndpoint ToEndpoint()
    {
        var plain = new HttpEndpoint { Url = Url ?? throw Fault("has no url, which type http needs") };
        return plain with
        {
            Method = Method ?? plain.Method,
            Headers = Headers ?? plain.Headers,
            CancelUrl = CancelUrl,
            AnswerWithin = Seconds("request_timeout_seconds", RequestTimeoutSeconds) ?? plain.AnswerWithin,
        };
    }

    private TimeSpan? Seconds(string field, double? seconds) => seconds switch
    {
        null => null,
        > 0 and <= SecondsMax => TimeSpan.FromSeconds(seconds.Value),
        _ => throw Fault(FormattableString.Invariant($"has {field} {seconds}; more than 0 and at most {SecondsMax} is accepted")),
    };

    private UsageException Fault(string why) => new($"Tool '{Name}' of the configuration file {why}.", "docs/workers.md describes every field.");
}
