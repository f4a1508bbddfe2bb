using System.Security.Cryptography;

namespace Meanwhile.Client;

/// <summary>How a client reaches its server, and how patient it is.</summary>
public sealed record MeanwhileClientOptions
{
    /// <summary>The server, such as <c>http://127.0.0.1:8080</c>; a path in it is kept.</summary>
    public required Uri Server { get; init; }

    /// <summary>The key: <c>mw_id_secret</c>.</summary>
    public required string Key { get; init; }

    /// <summary>The project in which an instance admin wants to act; null = the key's own.</summary>
    public string? Project { get; init; }

    /// <summary>How often a request that is safe to repeat is tried in all: 1 to 20, default 5.</summary>
    public int TriesMax { get; init; } = 5;

    /// <summary>The longest pause between two tries, also when the server asks for more. Default 10 s.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one try may go without an answer, besides the time that it asked the server to wait. Default 100 s.</summary>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Draws from 0 (inclusive) to 1 (exclusive), from any thread: pauses that the server did not name are spread by it, so that many clients do not come back at once.</summary>
    public Func<double> Draw { get; init; } = static () => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;

    /// <summary>Where the time comes from.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
