using System.Collections.Concurrent;
using Meanwhile.Claims;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;

namespace Meanwhile.Postgres.Store.Names;

/// <summary>The lanes' ids. Lanes are never removed. Safe for concurrent use.</summary>
internal sealed class LaneNames(Database database, ProjectNames projects)
{
    private readonly ConcurrentDictionary<Lane, int> _ids = new();
    private readonly ConcurrentDictionary<int, Lane> _lanes = new();
    private readonly ConcurrentDictionary<(string Project, string Source, string Tool), ConcurrentDictionary<int, bool>> _together = new();

    /// <summary>The lane of a job.</summary>
    public static Lane Of(JobSpec spec) => new(spec.Project, spec.Source ?? "", spec.Tool, spec.LimitKey ?? "");

    /// <summary>The id of a lane that was loaded.</summary>
    public int Id(Lane lane) => _ids[lane];

    /// <summary>Loads lanes whose projects were loaded; new ones are made.</summary>
    public async ValueTask LoadAsync(IEnumerable<Lane> lanes, CancellationToken cancellationToken)
    {
        Lane[] missing = [.. lanes.Where(lane => !_ids.ContainsKey(lane)).Distinct()];
        if (missing.Length == 0) return;
        var byId = missing.Select(lane => lane.Project).Distinct().ToDictionary(projects.Id);
        await database.RunAsync([new Call(SubmitSql.AddLanes, Keys(missing))], cancellationToken);
        var found = await database.ListAsync(
            new Call(SubmitSql.Lanes, Keys(missing)),
            row => (row.GetInt32(0), new Lane(byId[row.GetInt32(1)], row.GetString(2), row.GetString(3), row.GetString(4))),
            cancellationToken);
        foreach (var (id, lane) in found) Learn(id, lane);
    }

    /// <summary>The lanes of these ids, which exist.</summary>
    public async ValueTask<Lane[]> GetAsync(IReadOnlyList<int> ids, CancellationToken cancellationToken)
    {
        int[] missing = [.. ids.Where(id => !_lanes.ContainsKey(id)).Distinct()];
        if (missing.Length > 0)
        {
            var found = await database.ListAsync(
                new Call(ClaimSql.LanesById, Parameters.Ints(missing)), row => (row.GetInt32(0), new Lane(row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4))), cancellationToken);
            foreach (var (id, lane) in found) Learn(id, lane);
        }

        return [.. ids.Select(id => _lanes[id])];
    }

    /// <summary>The lanes, as far as this node knows them, whose jobs wait for one another: those of a project's source or, where there is none, of a tool.</summary>
    public IReadOnlyCollection<int> Together(string project, string source, string tool) => _together.TryGetValue((project, source, source.Length == 0 ? tool : ""), out var ids) ? ids.Keys.ToArray() : [];

    private void Learn(int id, Lane lane)
    {
        _ids[lane] = id;
        _lanes[id] = lane;
        _together.GetOrAdd((lane.Project, lane.Source, lane.Source.Length == 0 ? lane.Tool : ""), static _ => new())[id] = true;
    }

    private Npgsql.NpgsqlParameter[] Keys(Lane[] lanes) =>
    [
        Parameters.Ints(Array.ConvertAll(lanes, lane => projects.Id(lane.Project))),
        Parameters.Texts(Array.ConvertAll(lanes, lane => lane.Source)),
        Parameters.Texts(Array.ConvertAll(lanes, lane => lane.Tool)),
        Parameters.Texts(Array.ConvertAll(lanes, lane => lane.LimitKey)),
    ];
}
