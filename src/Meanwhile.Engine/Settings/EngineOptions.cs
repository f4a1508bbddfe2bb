namespace Meanwhile.Settings;

/// <summary>How the engine runs. Every wait, batch and queue has its bound here.</summary>
public sealed class EngineOptions
{
    /// <summary>This node's name: 1 to 63 characters of a-z, 0-9, '-', '_' and '.'. Default <c>node</c>.</summary>
    public string Node { get; set; } = "node";

    /// <summary>How many jobs run here at once: 1 to 1,000, default 16.</summary>
    public int Concurrency { get; set; } = 16;

    /// <summary>How many statements of one source run at once where neither a limit nor the source says: 1 to 1,000, default 8.</summary>
    public int SourceConcurrency { get; set; } = 8;

    /// <summary>How often the node raises its counter. Default 2 s.</summary>
    public TimeSpan BeatEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>What this node does; default everything. A node without <see cref="Nodes.NodeRoles.Worker"/> claims nothing.</summary>
    public Nodes.NodeRoles Roles { get; set; } = Nodes.NodeRoles.All;

    /// <summary>How often the other nodes' counters are read: 2 s at most, default 1 s.</summary>
    public TimeSpan WatchEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a counter must stay unchanged, seen by readings close together, until its node is dead: at least 4 beats, default 8 s.</summary>
    public TimeSpan SilenceUntilDead { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How long the owner of work has to tell its source to stop before another node does. Default 800 ms, so that within 2 s it is done.</summary>
    public TimeSpan CancelAnswerWithin { get; set; } = TimeSpan.FromMilliseconds(800);

    /// <summary>How often cancels that no owner answered are looked for. Default 200 ms.</summary>
    public TimeSpan UnansweredPollEvery { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often due work is looked for when nothing announced any. Default 1 s.</summary>
    public TimeSpan ClaimEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often cancels that were asked for elsewhere are looked for. Default 500 ms.</summary>
    public TimeSpan CancelPollEvery { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often progress is stored. Default 250 ms.</summary>
    public TimeSpan ProgressEvery { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often start deadlines are looked at. Default 1 s.</summary>
    public TimeSpan DeadlineEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often submissions that others committed with their own transactions are looked for, when nobody told of any. Default 1 s.</summary>
    public TimeSpan IntakeEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often what is over its time is removed. Default 60 s.</summary>
    public TimeSpan CollectEvery { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the slim row of a job stays after its ending. Default 90 days.</summary>
    public TimeSpan HistoryAge { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long events stay in the feed. Default 8 days, more than the longest time to live.</summary>
    public TimeSpan EventAge { get; set; } = TimeSpan.FromDays(8);

    /// <summary>How long running work may end by itself at shutdown before it is stopped and handed back. Default 5 s.</summary>
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long stopped work may take to be gone at shutdown. Default 15 s.</summary>
    public TimeSpan ShutdownStop { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long told work may take to be gone before the evidence says unconfirmed. Default 10 s.</summary>
    public TimeSpan CancelConfirmWithin { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long unconfirmed work is followed before the job ends as <c>unknown_outcome</c>. Default 1 h.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often workers that work over HTTP are to beat. Default 2 s.</summary>
    public TimeSpan WorkerBeatEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long such a worker may be silent before its work is given to others: 10 s to 1 h, default 30 s.</summary>
    public TimeSpan WorkerDeadAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a worker may not name a job that it was given before the job goes back to the queue: the answer that gave it may have been lost. Default 15 s.</summary>
    public TimeSpan WorkerUnnamedMax { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How many submissions may wait to be stored; more wait outside. Default 10,000.</summary>
    public int SubmissionsWaitingMax { get; set; } = 10_000;

    /// <summary>How many submissions go to the store at once: 1 to 1,000, default 512.</summary>
    public int SubmitBatchMax { get; set; } = 512;

    /// <summary>How many jobs are claimed at once: 1 to 1,000, default 256.</summary>
    public int ClaimBatchMax { get; set; } = 256;

    /// <summary>How long a statement may be, in bytes of UTF-8. Default 1 MiB.</summary>
    public int StatementBytesMax { get; set; } = 1024 * 1024;

    /// <summary>How long parameters may be, in characters of JSON. Default 1 MiB.</summary>
    public int ParamsLengthMax { get; set; } = 1024 * 1024;

    /// <summary>How many sources a project may define. Default 1,000.</summary>
    public int SourcesMax { get; set; } = 1_000;

    /// <summary>Where endpoints of <c>http</c> tools reach this server, for their answers: http or https, a path is kept. Null = where it says that it listens.</summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>Where the first admin key is read from, or written to (mode 0600) when the file does not exist; null = the key is only told once, by the host.</summary>
    public string? AdminKeyFile { get; set; }

    /// <summary>The project that the first admin key belongs to. Default <c>default</c>.</summary>
    public string FirstProject { get; set; } = "default";

    /// <summary>How many bytes of the results' disk are left to the store, so that "disk full" can still be recorded. Default 256 MiB.</summary>
    public long MinFreeBytes { get; set; } = 256L << 20;

    /// <summary>How results are stored.</summary>
    public Results.ResultOptions Results { get; set; } = new();
}
