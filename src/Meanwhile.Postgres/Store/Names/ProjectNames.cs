using System.Collections.Concurrent;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;

namespace Meanwhile.Postgres.Store.Names;

/// <summary>The projects' ids, and this node's blocks of their sequences. Safe for concurrent use.</summary>
/// <remarks>A block that a node did not use up when it ends leaves a gap. Projects are never removed.</remarks>
internal sealed class ProjectNames(Database database)
{
    private const int BlockMin = 16;
    private const int BlockMax = 16_384;
    private readonly ConcurrentDictionary<string, Project> _byName = new();

    /// <summary>A project with what is left of this node's block.</summary>
    internal sealed class Project(int id)
    {
        public int Id => id;

        public Lock Gate { get; } = new();

        public SemaphoreSlim Taking { get; } = new(1);

        public long Next { get; set; }

        public long Last { get; set; } = -1;

        public int BlockSize { get; set; } = BlockMin;
    }

    /// <summary>The projects of these names; new ones are made.</summary>
    public async ValueTask LoadAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        string[] missing = [.. names.Where(name => !_byName.ContainsKey(name)).Distinct()];
        if (missing.Length == 0) return;
        await database.RunAsync([new Call(SubmitSql.AddProjects, Parameters.Texts(missing))], cancellationToken);
        foreach (var (id, name) in await database.ListAsync(new Call(SubmitSql.Projects, Parameters.Texts(missing)), row => (row.GetInt32(0), row.GetString(1)), cancellationToken))
        {
            _byName.TryAdd(name, new Project(id));
        }
    }

    /// <summary>The id of a project; null when no job of it was ever there.</summary>
    public async ValueTask<int?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (_byName.TryGetValue(name, out var known)) return known.Id;
        var found = await database.ListAsync(new Call(SubmitSql.Projects, Parameters.Texts([name])), row => row.GetInt32(0), cancellationToken);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>The id of a project that was loaded.</summary>
    public int Id(string name) => _byName[name].Id;

    /// <summary>Reserves sequences of a project that was loaded.</summary>
    /// <returns>The first; those that are not used go back by <see cref="Return"/>.</returns>
    public async ValueTask<long> ReserveAsync(string name, int count, CancellationToken cancellationToken)
    {
        var project = _byName[name];
        if (TryReserve(project, count) is { } first) return first;
        await project.Taking.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                if (TryReserve(project, count) is { } reserved) return reserved;
                await TakeBlockAsync(project, count, cancellationToken);
            }
        }
        finally
        {
            project.Taking.Release();
        }
    }

    /// <summary>Gives sequences back that were reserved last and not used.</summary>
    /// <param name="end">The one after the last that was reserved.</param>
    /// <param name="used">The one after the last that was used.</param>
    public void Return(string name, long end, long used)
    {
        var project = _byName[name];
        lock (project.Gate)
        {
            if (project.Next == end) project.Next = used;
        }
    }

    private static long? TryReserve(Project project, int count)
    {
        lock (project.Gate)
        {
            if (project.Last - project.Next + 1 < count) return null;
            var first = project.Next;
            project.Next += count;
            return first;
        }
    }

    private async ValueTask TakeBlockAsync(Project project, int count, CancellationToken cancellationToken)
    {
        var size = Math.Max(count, project.BlockSize);
        var last = await database.ScalarAsync<long>(new Call(SubmitSql.TakeSequences, Parameters.Int(project.Id), Parameters.Long(size)), cancellationToken);
        project.BlockSize = Math.Min(project.BlockSize * 2, BlockMax);
        lock (project.Gate)
        {
            var follows = project.Last == last - size; // then what is left of the block before is used too
            if (!follows) project.Next = last - size + 1;
            project.Last = last;
        }
    }
}
