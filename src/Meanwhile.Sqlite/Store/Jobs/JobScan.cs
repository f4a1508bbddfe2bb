using System.Text;
using Meanwhile.Jobs;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store.Jobs;

/// <summary>Looks for jobs, newest first: a <see cref="JobDrive"/> gives the rows, and the rest of the filter is checked on each until the page is full or the row budget is spent.</summary>
internal sealed class JobScan
{
    private readonly Session _session;
    private readonly JobFilter _filter;
    private readonly long _projectId;
    private readonly long _now;
    private readonly HashSet<long>? _lanes;
    private readonly byte[]? _words;
    private readonly byte[]? _submittedBy;
    private readonly Dictionary<long, bool> _statementHolds = [];

    private JobScan(Session session, JobFilter filter, long projectId, DateTimeOffset now)
    {
        (_session, _filter, _projectId, _now) = (session, filter, projectId, Micros.Of(now));
        _words = filter.Words is null ? null : Lower(Encoding.UTF8.GetBytes(filter.Words));
        _submittedBy = filter.SubmittedBy is null ? null : Encoding.UTF8.GetBytes(filter.SubmittedBy);
        _lanes = filter.Tool is null && filter.Source is null ? null : Lanes();
    }

    /// <summary>The rows of the jobs found, and the last id looked at; null at the end.</summary>
    public static (List<long> Rows, JobId? ScannedUntil) Find(Session session, JobFilter filter, JobId? before, int limit, DateTimeOffset now)
    {
        var project = session.Use(ListSql.ProjectId);
        project.Bind(1, filter.Project);
        if (Session.First(project) is not { } projectId) return ([], null);
        return new JobScan(session, filter, projectId, now).Find(before ?? JobId.Max, limit);
    }

    private (List<long> Rows, JobId? ScannedUntil) Find(JobId before, int limit)
    {
        List<long> found = [];
        if (_lanes is { Count: 0 }) return (found, null);
        using var drive = JobDrive.Open(_session, _filter, _projectId, before, _now);
        JobId? last = null;
        for (var looked = 0; drive.Step(); looked++)
        {
            if (found.Count == limit || looked == JobList.RowBudget) return (found, last);
            last = drive.Row.Id(1);
            if (Matches(drive.Row)) found.Add(drive.Row.Int64(0));
        }

        return (found, null);
    }

    private bool Matches(Statement row)
    {
        var status = (JobStatus)row.Int64(2);
        if (_filter.Statuses.Count > 0 && !_filter.Statuses.Contains(status)) return false;
        if (_filter.Scheduled is { } scheduled && scheduled != (status == JobStatus.Pending && row.Int64(5) > _now)) return false;
        if (_lanes is not null && !_lanes.Contains(row.Int64(3))) return false;
        if (_submittedBy is not null && !row.Text(4).SequenceEqual(_submittedBy)) return false;
        return MatchesTimes(row) && MatchesLabels(row) && MatchesWords(row);
    }

    private bool MatchesTimes(Statement row)
    {
        var created = row.Int64(6);
        if (_filter.CreatedFrom is { } from && created < Micros.Of(from)) return false;
        if (_filter.CreatedBefore is { } until && created >= Micros.Of(until)) return false;
        if (_filter.DurationMin is null && _filter.DurationMax is null) return true;
        if (row.IsNull(7) || row.IsNull(8)) return false;
        var duration = row.Int64(8) - row.Int64(7);
        return !(duration < Micros.Of(_filter.DurationMin)) && !(duration > Micros.Of(_filter.DurationMax));
    }

    private bool MatchesLabels(Statement row)
    {
        foreach (var (name, value) in _filter.Labels)
        {
            var has = _session.Use(ListSql.HasLabel);
            has.Bind(1, _projectId);
            has.Bind(2, name);
            has.Bind(3, value);
            has.Bind(4, row.Id(1));
            if (Session.First(has) is null) return false;
        }

        return true;
    }

    private bool MatchesWords(Statement row)
    {
        if (_words is null) return true;
        if (!row.IsNull(10) && System.Text.Json.JsonSerializer.Deserialize(row.Text(10), Results.StoredJson.Default.JobError) is { } error
            && Holds(Encoding.UTF8.GetBytes(error.Message))) return true;
        var find = _session.Use(ListSql.StatementOf);
        find.Bind(1, row.Int64(0));
        return Session.First(find) is { } statement && StatementHolds(statement);
    }

    /// <summary>Many jobs run the same statement: each text is looked at once.</summary>
    private bool StatementHolds(long statement)
    {
        if (_statementHolds.TryGetValue(statement, out var known)) return known;
        var find = _session.Use(ListSql.StatementText);
        find.Bind(1, statement);
        var holds = find.Step() && Holds(find.Text(0));
        find.Reset();
        return _statementHolds[statement] = holds;
    }

    private bool Holds(ReadOnlySpan<byte> text) => Lower(text).AsSpan().IndexOf(_words) >= 0;

    private static byte[] Lower(ReadOnlySpan<byte> utf8)
    {
        var lower = utf8.ToArray();
        foreach (ref var character in lower.AsSpan())
        {
            if (character is >= (byte)'A' and <= (byte)'Z') character |= 0x20;
        }

        return lower;
    }

    private HashSet<long> Lanes()
    {
        var find = _session.Use(ListSql.Lanes);
        find.Bind(1, _projectId);
        find.Bind(2, _filter.Tool);
        find.Bind(3, _filter.Source);
        return [.. Session.All(find, row => row.Int64(0))];
    }
}
