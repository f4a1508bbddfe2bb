namespace Meanwhile.Server;

/// <summary>What the HTTP face lets one set.</summary>
public sealed record MeanwhileServerOptions
{
    /// <summary>Whether HTTP without TLS is answered on other than loopback addresses. Default false.</summary>
    public bool AllowPlainHttp { get; set; }

    /// <summary>Names under which the server is known, besides <c>localhost</c> and literal addresses; <c>*</c> = any. A request for another name is refused, so that no web page can reach the server under a name of its own.</summary>
    public IList<string> Hosts { get; } = [];

    /// <summary>Origins, such as <c>https://app.example.org</c>, whose pages may call the server from a browser. Default none.</summary>
    public IList<string> Origins { get; } = [];

    /// <summary>Whether addresses that nobody maps are answered with our own 404, also outside /v1. Default false; true where the server is all there is.</summary>
    public bool AnswersUnknownPaths { get; set; }

    /// <summary>Whether callers are answered here; otherwise only the health checks are, as on a node without the role <c>api</c>. Default true.</summary>
    public bool ServesCallers { get; set; } = true;

    /// <summary>Whether jobs are still accepted while the server stops: right where another node runs them. Default false: they are refused with 503 and Retry-After.</summary>
    public bool TakesJobsWhileStopping { get; set; }

    /// <summary>How long a server that was told to stop still answers everything, saying that it is not ready, before it begins: longer than a load balancer takes to notice. Default zero.</summary>
    public TimeSpan ShutdownDelay { get; set; }

    /// <summary>A longer body is refused. Default 4 MiB.</summary>
    public int BodyBytesMax { get; set; } = 4 * 1024 * 1024;

    /// <summary>Request line and headers together. Default 32 KiB.</summary>
    public int HeaderBytesMax { get; set; } = 32 * 1024;

    /// <summary>How many headers a request may have. Default 64.</summary>
    public int HeaderCountMax { get; set; } = 64;

    /// <summary>How many connections may be open. Default 10,000.</summary>
    public int ConnectionsMax { get; set; } = 10_000;

    /// <summary>How many requests may wait for something to happen; further ones are answered at once with what is there. Default 2,000.</summary>
    public int WaitsMax { get; set; } = 2_000;

    /// <summary>How many workers may send rows at once; further ones are told to come again. Default 64.</summary>
    public int UploadsMax { get; set; } = 64;

    /// <summary>How long a worker that sends rows may send nothing. Default 1 minute.</summary>
    public TimeSpan UploadIdle { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How many rows come inside a job that was waited for. Default 1,000.</summary>
    public int InlineRowsMax { get; set; } = 1_000;

    /// <summary>How many requests a principal may make in a second, on all nodes together; as many may come at once. 0 = any. Default 20,000.</summary>
    public int PrincipalRequestsPerSecond { get; set; } = 20_000;

    /// <summary>How many requests all of a project may make in a second, on all nodes together; as many may come at once. 0 = any. Default 40,000.</summary>
    public int ProjectRequestsPerSecond { get; set; } = 40_000;

    /// <summary>How many requests without a key that is accepted an address may make in a minute, on each node; further ones are answered 429 instead of 401. 0 = any. Default 300.</summary>
    public int FailedLoginsPerMinute { get; set; } = 300;

    /// <summary>How long an idle connection is kept. Default 2 minutes.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromMinutes(2);
}
