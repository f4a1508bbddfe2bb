using Meanwhile.Sources;

namespace Meanwhile.Postgres.Source;

/// <summary>What an operator allows PostgreSQL sources.</summary>
public sealed record PostgresSourceOptions
{
    /// <summary>Which hosts one definition may name: names, <c>*.example.com</c>, addresses, networks such as <c>10.1.0.0/16</c>, folders of Unix sockets, or <c>*</c> for any public host; null answered = any host at all.</summary>
    /// <remarks>By default what an instance admin or the application itself defined may name any host, and a project none.</remarks>
    public Func<SourceDefinition, IReadOnlyList<string>?> HostsFor { get; init; } = definition => definition.ByInstanceAdmin || definition.Project.Length == 0 ? null : [];

    /// <summary>How many statements of one source run at once, each on a connection of its own, when the source does not say. Default 8; 1 to 256.</summary>
    public int ConcurrencyDefault { get; init; } = 8;

    /// <summary>How many started statements may wait for their turn at one source; more are refused as throttled. Default 1,024.</summary>
    public int WaitingMax { get; init; } = 1024;

    /// <summary>The longest text of a script in bytes. Default 1 MiB.</summary>
    public int SqlBytesMax { get; init; } = 1024 * 1024;

    /// <summary>How long a cancelled statement has to heed the cancel request before its backend is terminated. Default 250 ms.</summary>
    public TimeSpan TerminateAfter { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a backend that was told to end, or whose connection was lost, is looked for until it is seen gone. Default 15 s.</summary>
    public TimeSpan SeeGoneWithin { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How soon a server looks whether its client is still there, so that a statement without an owner ends by itself. Default 2 s.</summary>
    public TimeSpan OrphansEndWithin { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many notices of the server one statement adds to its attempt's log. Default 1,000.</summary>
    public int NoticesMax { get; init; } = 1_000;
}
