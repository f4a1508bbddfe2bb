using Meanwhile.Jobs;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Sql;

namespace Meanwhile.Sqlite.Store.Writing;

/// <summary>A project with its counters.</summary>
internal sealed class ProjectRow(long id, string name)
{
    public long Id { get; } = id;

    public string Name { get; } = name;

    /// <summary>The sequence given last.</summary>
    public long LastSequence { get; set; }

    /// <summary>The highest number of an event that retention removed.</summary>
    public long EventsDroppedTo { get; set; }

    /// <summary>Stored bytes of the results that have not expired.</summary>
    public long ResultBytes { get; set; }

    /// <summary>How many jobs are in each status.</summary>
    public long[] Counts { get; } = new long[JobStatuses.All.Count];
}

/// <summary>Every project, in memory; those that changed are written once per group.</summary>
internal sealed class ProjectTable(Session session)
{
    private readonly Dictionary<string, ProjectRow> _byName = [];
    private readonly Dictionary<long, ProjectRow> _byId = [];
    private readonly HashSet<ProjectRow> _changed = [];

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<ProjectRow> All => _byId.Values;

    /// <summary>The project with this id.</summary>
    public ProjectRow this[long id] => _byId[id];

    /// <summary>The project, made when it is new.</summary>
    public ProjectRow Of(string name)
    {
        if (_byName.TryGetValue(name, out var known)) return known;
        var project = new ProjectRow(_byId.Count + 1, name); // projects are never removed
        var insert = session.Use(LaneSql.InsertProject);
        insert.Bind(1, project.Id);
        insert.Bind(2, name);
        insert.RunToEnd();
        Add(project);
        return project;
    }

    /// <summary>The project; null when no job of it was ever there.</summary>
    public ProjectRow? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Says that its counters changed.</summary>
    public void Touch(ProjectRow project) => _changed.Add(project);

    /// <summary>Moves one job from a status (null = it is new) to another (null = it is gone).</summary>
    public void Count(ProjectRow project, JobStatus? from, JobStatus? to)
    {
        if (from is { } left) project.Counts[(int)left]--;
        if (to is { } entered) project.Counts[(int)entered]++;
        _changed.Add(project);
    }

    /// <summary>Writes the counters that changed.</summary>
    public void Flush()
    {
        foreach (var project in _changed)
        {
            var update = session.Use(LaneSql.UpdateProject);
            update.Bind(1, project.Id);
            update.Bind(2, project.LastSequence);
            update.Bind(3, project.EventsDroppedTo);
            for (var i = 0; i < project.Counts.Length; i++) update.Bind(4 + i, project.Counts[i]);
            update.Bind(4 + project.Counts.Length, project.ResultBytes);
            update.RunToEnd();
        }

        _changed.Clear();
    }

    /// <summary>Reads all of them anew.</summary>
    public void Load()
    {
        _byName.Clear();
        _byId.Clear();
        _changed.Clear();
        foreach (var project in Session.All(session.Use(LaneSql.Projects), Read)) Add(project);
    }

    private static ProjectRow Read(Interop.Statement row)
    {
        var project = new ProjectRow(row.Int64(0), row.String(1)!) { LastSequence = row.Int64(2), EventsDroppedTo = row.Int64(3) };
        for (var i = 0; i < project.Counts.Length; i++) project.Counts[i] = row.Int64(4 + i);
        project.ResultBytes = row.Int64(4 + project.Counts.Length);
        return project;
    }

    private void Add(ProjectRow project)
    {
        _byName.Add(project.Name, project);
        _byId.Add(project.Id, project);
    }
}
