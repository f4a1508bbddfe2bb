using Meanwhile.Jobs;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store.Jobs;

/// <summary>The rows of a list, newest first, from the indexes that leave the least to look at.</summary>
/// <remarks>
/// What is rare has an index of its own, so that it is found at once however many jobs are kept: each live status and each bad ending.
/// Several statuses are read side by side and merged. Only what asks for succeeded jobs, or for more waiting ones than the row budget, walks through all jobs.
/// </remarks>
internal sealed class JobDrive : IDisposable
{
    private readonly List<Statement> _ahead = []; // each stands on its next row
    private readonly IReadOnlyList<Statement> _all;
    private bool _begun;

    private JobDrive(long projectId, JobId before, IReadOnlyList<Statement> statements)
    {
        _all = statements;
        foreach (var statement in statements)
        {
            statement.Bind(1, projectId);
            statement.Bind(2, before);
        }
    }

    /// <summary>The row at hand, with the columns that <see cref="ListSql"/> lists.</summary>
    public Statement Row => _ahead[0];

    /// <summary>Chooses the indexes.</summary>
    /// <param name="before">Only ids below it.</param>
    /// <param name="now">Decides what is scheduled.</param>
    public static JobDrive Open(Session session, JobFilter filter, long projectId, JobId before, long now)
    {
        if (filter.TraceId is { } trace) return new JobDrive(projectId, before, [OfTrace(session, trace)]);
        if (filter.Labels.Count > 0) return new JobDrive(projectId, before, [OfLabel(session, filter.Labels.First())]);
        IEnumerable<JobStatus> statuses = filter.Scheduled is true ? [JobStatus.Pending] : filter.Statuses;
        var ofStatuses = statuses.Select(status => OfStatus(session, status, projectId, filter.Scheduled is true ? now : long.MinValue)).ToArray();
        return new JobDrive(projectId, before, ofStatuses.Length == 0 || ofStatuses.Contains(null) ? [session.Use(ListSql.All)] : [.. ofStatuses.OfType<Statement>()]);
    }

    /// <summary>Goes to the newest row that was not yet seen.</summary>
    /// <returns>False at the end.</returns>
    public bool Step()
    {
        if (!_begun) _ahead.AddRange(_all.Where(statement => statement.Step()));
        else if (!Row.Step()) _ahead.RemoveAt(0);
        _begun = true;
        for (var i = 1; i < _ahead.Count; i++)
        {
            if (_ahead[i].Id(1) > _ahead[0].Id(1)) (_ahead[0], _ahead[i]) = (_ahead[i], _ahead[0]);
        }

        return _ahead.Count > 0;
    }

    /// <summary>Makes the statements ready for their next use.</summary>
    public void Dispose()
    {
        foreach (var statement in _all) statement.Reset();
    }

    private static Statement OfTrace(Session session, string trace)
    {
        var ofTrace = session.Use(ListSql.OfTrace);
        ofTrace.Bind(3, trace);
        return ofTrace;
    }

    private static Statement OfLabel(Session session, KeyValuePair<string, string> label)
    {
        var ofLabel = session.Use(ListSql.OfLabel);
        ofLabel.Bind(3, label.Key);
        ofLabel.Bind(4, label.Value);
        return ofLabel;
    }

    /// <summary>The statement that finds one status alone; null where only a walk through all jobs does.</summary>
    private static Statement? OfStatus(Session session, JobStatus status, long projectId, long runAfter) => status switch
    {
        JobStatus.Pending => Waiting(session, projectId, runAfter),
        JobStatus.Running => session.Use(ListSql.Running),
        JobStatus.Failed => session.Use(ListSql.Failed),
        JobStatus.Canceled => session.Use(ListSql.Canceled),
        JobStatus.Timeout => session.Use(ListSql.TimedOut),
        JobStatus.Blocked or JobStatus.Succeeded => null,
    };

    /// <summary>Waiting jobs lie in claim order, so they are sorted, which only pays while they are few.</summary>
    private static Statement? Waiting(Session session, long projectId, long runAfter)
    {
        var count = session.Use(ListSql.WaitingCount);
        BindWaiting(count, runAfter);
        count.Bind(1, projectId);
        if (Session.First(count) > JobList.RowBudget) return null;
        var waiting = session.Use(ListSql.Waiting);
        BindWaiting(waiting, runAfter);
        return waiting;
    }

    private static void BindWaiting(Statement statement, long runAfter)
    {
        statement.Bind(3, runAfter);
        statement.Bind(4, JobList.RowBudget + 1);
    }
}
