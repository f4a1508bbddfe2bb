using System.Text.Json;

namespace Meanwhile.Tools;

/// <summary>Who runs a tool's jobs.</summary>
public enum ToolKind
{
    /// <summary>The engine itself: <c>query</c>.</summary>
    Builtin,

    /// <summary>The application that embeds the engine.</summary>
    Application,

    /// <summary>Workers that somebody else runs and that claim its jobs over HTTP.</summary>
    Worker,

    /// <summary>An HTTP endpoint, which the engine calls and whose answer may come later.</summary>
    Http,
}

/// <summary>The words of the kinds of tools.</summary>
public static class ToolKinds
{
    extension(ToolKind kind)
    {
        /// <summary>The word used in JSON.</summary>
        public string Word => kind switch
        {
            ToolKind.Builtin => "builtin",
            ToolKind.Application => "application",
            ToolKind.Worker => "worker",
            ToolKind.Http => "http",
        };
    }

    /// <summary>The kind that a word names; null when none.</summary>
    public static ToolKind? FromWord(string word) => word switch
    {
        "builtin" => ToolKind.Builtin,
        "application" => ToolKind.Application,
        "worker" => ToolKind.Worker,
        "http" => ToolKind.Http,
        _ => null,
    };
}

/// <summary>A tool whose jobs are run elsewhere, as somebody declared it.</summary>
public sealed record ToolDefinition
{
    /// <summary>What the engine must know. Concurrency means nothing here: workers say how many jobs they take.</summary>
    public required ToolDescriptor Descriptor { get; init; }

    /// <summary>Who runs its jobs.</summary>
    public ToolKind Kind { get; init; } = ToolKind.Worker;

    /// <summary>What its params must be: a JSON Schema of an object, at most 64 KiB, in the words that docs/workers.md lists; undefined = any object.</summary>
    public JsonElement ParamsSchema { get; init; }

    /// <summary>The endpoint; null unless the kind is <see cref="ToolKind.Http"/>.</summary>
    public HttpEndpoint? Endpoint { get; init; }
}

/// <summary>An HTTP endpoint that does a tool's work. Only a server's configuration can name one.</summary>
public sealed record HttpEndpoint
{
    /// <summary>Where jobs are sent: https, or http on loopback.</summary>
    public required Uri Url { get; init; }

    /// <summary>POST (the default) or PUT.</summary>
    public string Method { get; init; } = "POST";

    /// <summary>Headers to send, such as Authorization; values may hold references to secrets, <c>${env:NAME}</c> and <c>${file:/path}</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = NoHeaders;

    /// <summary>Where a cancel is sent; null = the endpoint can't be told, and its answer is awaited.</summary>
    public Uri? CancelUrl { get; init; }

    /// <summary>How long one request may take: more than 0, at most 10 min, 30 s by default. The work itself may take as long as the job's timeout allows.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(30);

    private static readonly Dictionary<string, string> NoHeaders = [];
}
