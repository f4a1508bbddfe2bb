using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Jobs;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Stores;

namespace Meanwhile.Sqlite.Store.Writing;

/// <summary>The only place where a job's row is written, always as <see cref="Transitions"/> decides.</summary>
/// <remarks>Remembers live jobs as they were last written, so that claiming and finishing read nothing.</remarks>
internal sealed class JobTable(WriteSession session)
{
    private const int RememberedMax = 8_192;
    private const int RememberedBodyMax = 2_048; // characters: some 50 MB in all at the very most
    private readonly Dictionary<long, StoredJob> _byRow = [];
    private readonly Dictionary<JobId, long> _rows = [];

    /// <summary>The job; null when there is none.</summary>
    public StoredJob? Find(JobId id)
    {
        if (_rows.TryGetValue(id, out var row)) return _byRow[row];
        var find = session.Use(JobSql.ById);
        find.Bind(1, id);
        return ReadOne(find);
    }

    /// <summary>The job in a row that is known to be there.</summary>
    public StoredJob At(long row)
    {
        if (_byRow.TryGetValue(row, out var known)) return known;
        var find = session.Use(JobSql.ByRow);
        find.Bind(1, row);
        return ReadOne(find) ?? throw new InvalidOperationException($"There is no job in row {row}.");
    }

    /// <summary>Adds a job with its first event.</summary>
    /// <returns>Its sequence, also when it was there already.</returns>
    public long Add(JobSpec asked)
    {
        var spec = CutOff(asked);
        var project = session.Projects.Of(spec.Project);
        var lane = session.Lanes.Of(project, spec);
        var row = Rows.OfJob(project.Id, project.LastSequence + 1);
        if (!InsertRow(row, project, lane, spec)) return Rows.Sequence(RowOf(spec.Id));

        project.LastSequence++;
        var submitted = new JobEventData(1, EventKind.Submitted, spec.CreatedAt, JobStatus.Pending, 0, null);
        var number = session.Events.Add(project.Id, row, spec.Id, submitted, previous: null);
        InsertBody(row, project, spec);
        session.Projects.Count(project, null, JobStatus.Pending);
        session.Lanes.Count(lane.Id, null, JobStatus.Pending);
        session.Usage.Count(project.Id, spec.SubmittedBy, 1);
        Remember(new StoredJob(row, lane.Id, number, new JobRecord(project.LastSequence, spec, JobState.Accepted(spec), null)));
        return project.LastSequence;
    }

    /// <summary>Changes a job, if there is one, and tells of it.</summary>
    public JobWrite Change(JobId id, JobChange change, DateTimeOffset now) =>
        Find(id) is { } job ? Change(job, change, now) : new JobWrite(WriteResult.NotFound, null);

    /// <summary>Changes a job, and tells of it.</summary>
    public JobWrite Change(StoredJob job, JobChange change, DateTimeOffset now)
    {
        var (spec, state) = (job.Record.Spec, job.Record.State);
        var transition = Transitions.Apply(spec, state, change, now);
        if (ReferenceEquals(transition.Next, state)) return new JobWrite(transition.Result, job.Record);
        var next = transition.Next with { RunAt = Micros.CutOff(transition.Next.RunAt) };
        var project = Rows.ProjectOfJob(job.Row);
        var lastEvent = transition.Event is { } told ? session.Events.Add(project, job.Row, spec.Id, told, job.LastEvent) : job.LastEvent;
        UpdateRow(job.Row, next, lastEvent);
        if (!ReferenceEquals(next.Result, state.Result)) SaveResult(job.Row, state.Result, next.Result);
        if (next.Status.IsFinal && !state.Status.IsFinal)
        {
            Run(JobSql.DeleteCheckpoint, job.Row);
            session.Usage.Count(project, spec.SubmittedBy, -1);
        }

        if (next.Status != state.Status) session.Projects.Count(session.Projects[project], state.Status, next.Status);
        session.Lanes.Count(job.LaneId, state.Status, next.Status);
        var progress = next.Attempt == state.Attempt ? job.Record.Progress : null;
        var changed = job with { LastEvent = lastEvent, Record = job.Record with { State = next, Progress = progress } };
        Remember(changed);
        return new JobWrite(transition.Result, changed.Record);
    }

    /// <summary>Writes how far an attempt is, and tells of it when asked to.</summary>
    public void SaveProgress(StoredJob job, JobProgress progress, bool asEvent, DateTimeOffset now)
    {
        var state = job.Record.State;
        var save = session.Use(JobSql.SaveProgress);
        save.Bind(1, job.Row);
        save.Bind(2, state.Attempt);
        save.Bind(3, progress.Number);
        if (progress.Fraction is { } fraction) save.Bind(4, fraction);
        else save.BindNull(4);
        save.Bind(5, progress.Message);
        save.Bind(6, (long?)progress.Phase);
        save.BindJson(7, progress.Counters.Count == 0 ? null : new Dictionary<string, long>(progress.Counters), StoredJson.Default.DictionaryStringInt64);
        save.Bind(8, progress.LogBytes);
        save.RunToEnd();
        var lastEvent = job.LastEvent;
        if (asEvent)
        {
            state = state with { EventCount = state.EventCount + 1 };
            var detail = new EventDetail { Fraction = progress.Fraction, Message = progress.Message, LogBytes = progress.LogBytes };
            var data = new JobEventData(state.EventCount, EventKind.Progressed, now, state.Status, state.Attempt, detail);
            lastEvent = session.Events.Add(Rows.ProjectOfJob(job.Row), job.Row, job.Record.Id, data, lastEvent);
            SetLastEvent(job.Row, state.EventCount, lastEvent);
        }

        Remember(job with { LastEvent = lastEvent, Record = job.Record with { State = state, Progress = progress } });
    }

    /// <summary>Forgets what is remembered of a job.</summary>
    public void Forget(StoredJob job)
    {
        _byRow.Remove(job.Row);
        _rows.Remove(job.Record.Id);
    }

    /// <summary>Forgets all that is remembered.</summary>
    public void Forget()
    {
        _byRow.Clear();
        _rows.Clear();
    }

    /// <summary>Runs a statement whose only parameter is a job's row.</summary>
    public void Run(string sql, long row)
    {
        var statement = session.Use(sql);
        statement.Bind(1, row);
        statement.RunToEnd();
    }

    private static JobSpec CutOff(JobSpec spec) => spec with // as it will be read back
    {
        CreatedAt = Micros.CutOff(spec.CreatedAt),
        RunAt = Micros.CutOff(spec.RunAt),
        StartDeadlineAt = Micros.Time(Micros.Of(spec.StartDeadlineAt)),
    };

    private StoredJob? ReadOne(Statement find)
    {
        var job = find.Step() ? JobRows.Read(find) : null;
        find.Reset();
        if (job is not null) Remember(job);
        return job;
    }

    private void Remember(StoredJob job)
    {
        var spec = job.Record.Spec;
        var isSmall = spec.Params.Length + (spec.Statement?.Length ?? 0) <= RememberedBodyMax;
        if (job.Record.State.Status.IsFinal || !isSmall)
        {
            Forget(job);
            return;
        }

        if (_byRow.Count >= RememberedMax && !_byRow.ContainsKey(job.Row)) Forget();
        _byRow[job.Row] = job;
        _rows[spec.Id] = job.Row;
    }

    private long RowOf(JobId id)
    {
        var find = session.Use(JobSql.RowById);
        find.Bind(1, id);
        return Session.First(find) ?? throw new InvalidOperationException($"There is no job {id}.");
    }

    private bool InsertRow(long row, ProjectRow project, LaneRow lane, JobSpec spec)
    {
        var insert = session.Use(JobSql.Insert);
        insert.Bind(1, row);
        insert.Bind(2, spec.Id);
        insert.Bind(3, project.Id);
        insert.Bind(4, lane.Id);
        insert.Bind(5, spec.SubmittedBy);
        insert.Bind(6, spec.Priority);
        insert.Bind(7, Micros.Of(spec.CreatedAt));
        insert.Bind(8, Micros.Of(spec.RunAt));
        insert.Bind(9, spec.MaxAttempts);
        insert.Bind(10, Micros.Of(spec.Timeout));
        insert.Bind(11, Micros.Of(spec.StartDeadlineAt));
        insert.Bind(12, Micros.Of(spec.Ttl));
        insert.Bind(13, spec.Idempotent ? 1 : 0);
        insert.Bind(14, spec.IdempotencyKey);
        if (spec.ContentHash.IsEmpty) insert.BindNull(15);
        else insert.BindBlob(15, spec.ContentHash.Span);
        insert.Bind(16, spec.TraceParent);
        insert.Bind(17, spec.RetryOf?.Value);
        insert.Bind(18, session.Events.Next);
        insert.RunToEnd();
        return session.Connection.Changes > 0;
    }

    private void InsertBody(long row, ProjectRow project, JobSpec spec)
    {
        if (spec.Statement is null && spec.Params == "{}" && spec.Labels.Count == 0) return;
        long? statement = spec.Statement is { } text ? session.Texts.Of(text) : null;
        var insert = session.Use(JobSql.InsertBody);
        insert.Bind(1, row);
        insert.Bind(2, statement);
        insert.Bind(3, spec.Params);
        insert.BindJson(4, spec.Labels.Count == 0 ? null : new Dictionary<string, string>(spec.Labels), StoredJson.Default.DictionaryStringString);
        insert.RunToEnd();
        foreach (var (name, value) in spec.Labels) InsertLabel(project, spec.Id, name, value);
    }

    private void InsertLabel(ProjectRow project, JobId job, string name, string value)
    {
        var insert = session.Use(JobSql.InsertLabel);
        insert.Bind(1, project.Id);
        insert.Bind(2, name);
        insert.Bind(3, value);
        insert.Bind(4, job);
        insert.RunToEnd();
    }

    private void UpdateRow(long row, JobState state, long lastEvent)
    {
        var update = session.Use(JobSql.Update);
        update.Bind(1, row);
        update.Bind(2, (long)state.Status);
        update.Bind(3, Micros.Of(state.RunAt));
        update.Bind(4, Micros.Of(state.StartedAt));
        update.Bind(5, Micros.Of(state.FinishedAt));
        update.Bind(6, Micros.Of(state.UpdatedAt));
        update.Bind(7, Micros.Of(state.ExpiresAt));
        update.Bind(8, state.Expired ? 1 : 0);
        update.Bind(9, state.Attempt);
        update.Bind(10, state.AttemptsCounted);
        update.Bind(11, state.Fence);
        update.Bind(12, state.Owner is { } owner ? session.Nodes.Id(owner) : (long?)null);
        update.Bind(13, state.EffectsBegun ? 1 : 0);
        update.Bind(14, state.FinishId);
        update.BindJson(15, state.Cancel, StoredJson.Default.CancelEvidence);
        update.BindJson(16, state.Error, StoredJson.Default.JobError);
        update.Bind(17, state.Version);
        update.Bind(18, state.EventCount);
        update.Bind(19, lastEvent);
        update.BindJson(20, state.Commit, StoredJson.Default.CommitIntent);
        update.RunToEnd();
    }

    private void SetLastEvent(long row, long eventCount, long lastEvent)
    {
        var count = session.Use(JobSql.CountEvent);
        count.Bind(1, row);
        count.Bind(2, eventCount);
        count.Bind(3, lastEvent);
        count.RunToEnd();
    }

    private void SaveResult(long row, ResultManifest? before, ResultManifest? manifest)
    {
        var project = session.Projects[Rows.ProjectOfJob(row)];
        project.ResultBytes += (manifest?.StoredBytes ?? 0) - (before?.StoredBytes ?? 0);
        session.Projects.Touch(project);
        var save = session.Use(JobSql.SaveResult);
        save.Bind(1, row);
        save.BindJson(2, manifest, StoredJson.Default.ResultManifest);
        save.RunToEnd();
    }
}
