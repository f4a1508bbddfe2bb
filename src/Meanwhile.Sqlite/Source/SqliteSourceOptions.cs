using Meanwhile.Sources;

namespace Meanwhile.Sqlite.Source;

/// <summary>What an operator allows SQLite sources.</summary>
public sealed record SqliteSourceOptions
{
    /// <summary>Directories below which databases may lie; a relative path of a source resolves against the first. At least one.</summary>
    public required IReadOnlyList<string> Roots { get; init; }

    /// <summary>Which directories one definition may use instead of <see cref="Roots"/>, so that projects keep apart; null = all may use the same.</summary>
    public Func<SourceDefinition, IReadOnlyList<string>>? RootsFor { get; init; }

    /// <summary>The server's own directory: nothing in it may be a source, except below its <c>sources</c> folder; null = there is none.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>How many statements of one source run at once, each on a thread of its own, when the source does not say. Default 8; 1 to 256.</summary>
    public int ConcurrencyDefault { get; init; } = 8;

    /// <summary>How many started statements may wait for a thread of one source; more are refused as throttled. Default 1,024.</summary>
    public int WaitingMax { get; init; } = 1024;

    /// <summary>The longest value in bytes that a statement may read, make or bind. Default 64 MiB.</summary>
    public int ValueBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>The longest text of a script in bytes. Default 1 MiB.</summary>
    public int SqlBytesMax { get; init; } = 1024 * 1024;

    /// <summary>How much memory the page caches, schema and statements of one connection may take. Default 256 MiB; a source may set less.</summary>
    public long MemoryBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>How many bytes of the disk the temporary files of statements leave; one that would take more is stopped within a second. Default 256 MiB.</summary>
    public long MinFreeBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>How soon an interrupt is repeated while a cancelled statement still runs. Default 50 ms.</summary>
    public TimeSpan InterruptEvery { get; init; } = TimeSpan.FromMilliseconds(50);
}
