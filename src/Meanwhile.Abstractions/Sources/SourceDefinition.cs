using System.Text.Json;

namespace Meanwhile.Sources;

/// <summary>A source as somebody defined it: settings hold references to secrets, never secrets.</summary>
/// <param name="Project">The project that it belongs to; empty when every project shares it.</param>
/// <param name="Name">1 to 63 characters of a-z, 0-9, '-' and '_'.</param>
/// <param name="Type">Which kind of system: <c>sqlite</c>.</param>
/// <param name="Settings">What the kind needs, as a JSON object.</param>
/// <param name="Options">What every kind has.</param>
public sealed record SourceDefinition(string Project, string Name, string Type, JsonElement Settings, SourceOptions Options)
{
    /// <summary>Whether an instance admin, or the server's configuration, defined it: it may then use what a project may not.</summary>
    public bool ByInstanceAdmin { get; init; }
}

/// <summary>What every kind of source lets one set.</summary>
public sealed record SourceOptions
{
    /// <summary>Whether writes are refused. Default true.</summary>
    public bool ReadOnly { get; init; } = true;

    /// <summary>How many statements may run at once; null = the server's default (8).</summary>
    public int? Concurrency { get; init; }

    /// <summary>How long one statement may run when the job does not say; null = unlimited.</summary>
    public TimeSpan? StatementTimeout { get; init; }

    /// <summary>At most so many rows of one statement are kept; null = unlimited.</summary>
    public long? RowsMax { get; init; }

    /// <summary>At most so many bytes of one job's result are kept, uncompressed; null = the server's default.</summary>
    public long? ResultBytesMax { get; init; }

    /// <summary>A longer cell is cut, and the result says so. Default 16 MiB.</summary>
    public int CellBytesMax { get; init; } = 16 * 1024 * 1024;
}

/// <summary>What a kind of source can do; what it can't is refused with a clear error.</summary>
public sealed record SourceCapabilities
{
    /// <summary>Checking a statement without running it.</summary>
    public bool DryRun { get; init; }

    /// <summary>Refusing a statement by its expected cost.</summary>
    public bool MaxCost { get; init; }

    /// <summary>Several statements in one text.</summary>
    public bool Scripts { get; init; }

    /// <summary>Parameters by name.</summary>
    public bool NamedParameters { get; init; }

    /// <summary>Ending from any node what another node began: <see cref="IHostedSource.EndAsync"/> reaches it. Otherwise it went with its owner's process.</summary>
    public bool EndsFromAnyNode { get; init; }

    /// <summary>Parameters by position.</summary>
    public bool PositionalParameters { get; init; }
}
