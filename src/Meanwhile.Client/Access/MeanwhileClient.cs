using Meanwhile.Access;
using Meanwhile.Problems;
using Meanwhile.Workers;

namespace Meanwhile.Client;

/// <summary>A server's door over HTTP, bound to a key: what an application that embeds the engine calls in process, it calls here unchanged.</summary>
/// <remarks>
/// Safe for concurrent use. Every refusal is a <see cref="ProblemException"/>; when the server can't be reached,
/// after the tries that the options allow, it has the code <c>unavailable</c>. Requests that are safe to repeat are tried again; a submission only under an idempotency key.
/// What the wire does not carry is empty in the answers: a job's sequence, fence and finish id, and the places of stored partitions.
/// </remarks>
public sealed partial class MeanwhileClient : IJobs, IAdministration, IWorkers, IDisposable
{
    private readonly Transport _transport;
    private readonly HttpClient? _own;

    /// <summary>A client with connections of its own.</summary>
    public MeanwhileClient(Uri server, string key, string? project = null)
        : this(new MeanwhileClientOptions { Server = server, Key = key, Project = project })
    {
    }

    /// <summary>A client over a given <see cref="HttpClient"/>, which stays the caller's. It should not follow a timeout of its own: the options have one.</summary>
    /// <param name="http">Null = connections of its own.</param>
    public MeanwhileClient(MeanwhileClientOptions options, HttpClient? http = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.TriesMax, 1, nameof(options));
        if (http is null) http = _own = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        _transport = new Transport(http, options);
        Caller = new Caller { Project = options.Project ?? "", Principal = KeyIdOf(options.Key) };
    }

    /// <summary>The key's id, and the project that was named; empty = the key's own, which only the server knows.</summary>
    public Caller Caller { get; }

    /// <inheritdoc/>
    public void Dispose() => _own?.Dispose();

    private static string KeyIdOf(string key) => key.Split('_') is ["mw", var id, _, ..] ? id : "";
}
