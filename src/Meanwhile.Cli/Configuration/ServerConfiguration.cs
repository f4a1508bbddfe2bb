using System.Text.Json.Serialization;
using Meanwhile.Contracts;

namespace Meanwhile.Cli.Configuration;

/// <summary>What <c>meanwhile.json</c> holds; a field that is not here is refused. docs/operations.md explains each.</summary>
/// <remarks>The setters are no init: generated JSON readers would put null over the defaults of what is absent.</remarks>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ServerConfiguration
{
    /// <summary>Sources that every project shares and the API can't change.</summary>
    public IReadOnlyList<SourceSubmission> Sources { get; set; } = [];

    /// <summary>Tools whose jobs workers or HTTP endpoints run, and that the API can't change.</summary>
    public IReadOnlyList<ToolSection> Tools { get; set; } = [];

    /// <summary>Where endpoints reach this server, for their answers; null = where it listens.</summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>What sources that are defined through the API may use; null = the instance admin may use anything, projects nothing.</summary>
    public IReadOnlyList<AllowRule>? Allow { get; set; }

    /// <summary>Names under which the server is known, besides localhost and literal addresses; <c>*</c> = any.</summary>
    public IReadOnlyList<string> Hosts { get; set; } = [];

    /// <summary>Origins whose pages may call the server from a browser.</summary>
    public IReadOnlyList<string> Origins { get; set; } = [];

    /// <summary>Bounds of the server.</summary>
    public LimitSection Limits { get; set; } = new();

    /// <summary>What holds where nothing else is said.</summary>
    public DefaultSection Defaults { get; set; } = new();
}

/// <summary>What some projects may use in sources of theirs.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record AllowRule
{
    /// <summary>The projects; absent = all.</summary>
    public IReadOnlyList<string> Projects { get; set; } = [];

    /// <summary>References, such as <c>env:PG_PASSWORD</c> or <c>file:/run/secrets/*</c>.</summary>
    public IReadOnlyList<string> References { get; set; } = [];

    /// <summary>Kinds of sources; absent = all.</summary>
    public IReadOnlyList<string> Types { get; set; } = [];

    /// <summary>Hosts that sources may connect to: names, <c>*.example.com</c>, addresses, networks such as <c>10.1.0.0/16</c>, or <c>*</c> for any public one; absent = none.</summary>
    public IReadOnlyList<string> Hosts { get; set; } = [];

    /// <summary>Folders below which files may lie.</summary>
    public IReadOnlyList<string> PathRoots { get; set; } = [];
}

/// <summary>Bounds of the server; what is absent takes the default.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record LimitSection
{
    /// <summary>How many jobs run on the node at once: 1 to 1,000, default 16. WORKER_CONCURRENCY overrides it.</summary>
    public int? Concurrency { get; set; }

    /// <summary>How long a statement may be, in bytes of UTF-8. Default 1 MiB.</summary>
    public int? MaxStatementBytes { get; set; }

    /// <summary>How long a request's body may be. Default 4 MiB.</summary>
    public int? MaxBodyBytes { get; set; }

    /// <summary>How many sources a project may define. Default 1,000.</summary>
    public int? MaxSources { get; set; }

    /// <summary>How many bytes of the disk results leave to the store. Default 256 MiB.</summary>
    public long? MinFreeBytes { get; set; }

    /// <summary>How much memory all of SQLite may take, the values that statements hold included: 64 MiB and more, default 1 GiB.</summary>
    public long? SqliteMemoryBytes { get; set; }

    /// <summary>How long a server that was told to stop still answers everything, not ready any more, before it begins: 0 to 60. Default 0, with a shared store 3.</summary>
    public double? ShutdownDelaySeconds { get; set; }

    /// <summary>How many requests a key may make in a second. 0 = any; default 20,000.</summary>
    public int? RequestsPerSecond { get; set; }

    /// <summary>How many requests all of a project may make in a second. 0 = any; default 40,000.</summary>
    public int? ProjectRequestsPerSecond { get; set; }

    /// <summary>How many requests without a key that is accepted an address may make in a minute. 0 = any; default 300.</summary>
    public int? FailedLoginsPerMinute { get; set; }
}

/// <summary>What holds where nothing else is said; what is absent takes the default.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DefaultSection
{
    /// <summary>How many statements of one source run at once: 1 to 1,000, default 8.</summary>
    public int? SourceConcurrency { get; set; }

    /// <summary>How long the slim row of an ended job stays, in days. Default 90.</summary>
    public int? HistoryDays { get; set; }

    /// <summary>How often what is over its time, and files that no job needs, are removed, in seconds: more than 0, default 60.</summary>
    public double? CollectSeconds { get; set; }

    /// <summary>How long a worker may be silent before its work goes to others, in seconds: 10 to 3,600, default 30.</summary>
    public double? WorkerDeadSeconds { get; set; }

    /// <summary>The project of the first admin key. Default <c>default</c>.</summary>
    public string? Project { get; set; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, ReadCommentHandling = System.Text.Json.JsonCommentHandling.Skip, AllowTrailingCommas = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ServerConfiguration))]
internal sealed partial class ConfigurationJson : JsonSerializerContext;
