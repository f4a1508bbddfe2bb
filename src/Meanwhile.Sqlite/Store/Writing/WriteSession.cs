using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Files;

namespace Meanwhile.Sqlite.Store.Writing;

/// <summary>The writer's connection with all that it remembers of the file, which nobody else writes.</summary>
/// <remarks>Used by the writer alone, between <see cref="Begin"/> and <see cref="Commit"/> or <see cref="RollBack"/>, which makes it forget everything.</remarks>
internal sealed class WriteSession : Session
{
    private readonly TimeProvider _time;
    private readonly StoreSignals _signals;
    private bool _loaded;

    public WriteSession(Connection connection, TimeProvider time, StoreSignals signals)
        : base(connection)
    {
        _time = time;
        _signals = signals;
        Projects = new ProjectTable(this);
        Lanes = new LaneTable(this);
        Texts = new StatementTexts(this);
        Events = new EventTable(this, signals);
        Nodes = new NodeTable(this);
        Jobs = new JobTable(this);
        Usage = new UsageTable(this);
    }

    /// <summary>The time of this item's changes.</summary>
    public DateTimeOffset Now => Micros.CutOff(_time.GetUtcNow());

    /// <summary>Projects and their counters.</summary>
    public ProjectTable Projects { get; }

    /// <summary>Lanes and how full they are.</summary>
    public LaneTable Lanes { get; }

    /// <summary>Distinct statement texts.</summary>
    public StatementTexts Texts { get; }

    /// <summary>The feed.</summary>
    public EventTable Events { get; }

    /// <summary>Living nodes.</summary>
    public NodeTable Nodes { get; }

    /// <summary>Jobs.</summary>
    public JobTable Jobs { get; }

    /// <summary>What principals use.</summary>
    public UsageTable Usage { get; }

    /// <summary>Where the next claim begins to look for lanes.</summary>
    public long ClaimFromLane { get; set; }

    /// <summary>Says that this group changes the registry.</summary>
    public bool RegistryChanged { get; set; }

    /// <summary>Begins a group.</summary>
    public void Begin()
    {
        if (!_loaded) Load();
        Run("begin immediate");
    }

    /// <summary>Commits the group, and tells those who wait for what it changed.</summary>
    public void Commit()
    {
        Projects.Flush();
        Run("commit");
        Events.Publish();
        if (RegistryChanged) _signals.TellRegistryChanged();
        RegistryChanged = false;
    }

    /// <summary>Undoes the group.</summary>
    public void RollBack()
    {
        _loaded = false; // what is remembered may never have been written
        RegistryChanged = false;
        if (Connection.InTransaction) Run("rollback"); // after a full disk SQLite has done it already
    }

    /// <summary>Reads what must be known before the first write.</summary>
    public void Load()
    {
        Projects.Load();
        Lanes.Load();
        Events.Load(Projects.All);
        Nodes.Load();
        Texts.Forget();
        Jobs.Forget();
        Usage.Forget();
        _loaded = true;
    }
}
