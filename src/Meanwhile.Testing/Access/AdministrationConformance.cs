using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Problems;
using Meanwhile.Sources;
using Xunit;

namespace Meanwhile.Testing.Access;

/// <summary>What every transport of <see cref="IAdministration"/> must do alike.</summary>
public abstract class AdministrationConformance : DoorConformance
{
    [Fact]
    public async Task A_source_is_made_shown_tried_changed_and_removed()
    {
        var made = await Administration.PutSourceAsync(SourceOf("flights") with { Options = new SourceOptions { Concurrency = 2, StatementTimeout = TimeSpan.FromSeconds(90), RowsMax = 10 } }, create: true, default);
        var probe = await Administration.ProbeSourceAsync("flights", default);
        var changed = await Administration.PutSourceAsync(SourceOf("flights"), create: false, default);
        var listed = await Administration.ListSourcesAsync(null, null, default);
        await RefusedAsync(ProblemCodes.AlreadyExists, () => Administration.PutSourceAsync(SourceOf("flights"), create: true, default).AsTask());
        await Administration.DeleteSourceAsync("flights", default);

        Assert.Equal((2, TimeSpan.FromSeconds(90), 10L), (made.Definition.Options.Concurrency, made.Definition.Options.StatementTimeout, made.Definition.Options.RowsMax));
        Assert.Null(probe.Error);
        Assert.True(changed.Version > made.Version);
        Assert.Null(changed.Definition.Options.Concurrency);
        Assert.Equal([Source, "flights"], listed.Items.Select(source => source.Definition.Name));
        await RefusedAsync(ProblemCodes.NotFound, () => Administration.GetSourceAsync("flights", default).AsTask());
        await RefusedAsync(ProblemCodes.NotFound, () => Administration.DeleteSourceAsync("flights", default).AsTask());
    }

    [Fact]
    public async Task A_source_that_can_not_be_is_refused_by_its_field()
    {
        var settings = JsonElement.Parse("""{"path":"/etc/passwd"}""");
        var unknown = await RefusedAsync(ProblemCodes.InvalidRequest, () => Administration.PutSourceAsync(SourceOf("x") with { Type = "oracle" }, create: true, default).AsTask());
        var outside = await RefusedAsync(ProblemCodes.InvalidRequest, () => Administration.PutSourceAsync(SourceOf("x") with { Settings = settings }, create: true, default).AsTask());
        var name = await RefusedAsync(ProblemCodes.InvalidRequest, () => Administration.PutSourceAsync(SourceOf("x") with { Name = "No Name" }, create: true, default).AsTask());

        Assert.Equal("type", unknown.Errors.Single().Field);
        Assert.Equal("settings.path", outside.Errors.Single().Field);
        Assert.Equal("name", name.Errors.Single().Field);
    }

    [Fact]
    public async Task A_key_works_until_it_is_revoked()
    {
        var made = await Administration.CreateKeyAsync(new KeyRequest { Name = "an app" }, default);
        var (jobs, administration) = await OpenAsync(made.Token);
        await jobs.SubmitAsync(Query("select 1"), default);
        await RefusedAsync(ProblemCodes.Forbidden, () => administration.CreateKeyAsync(new KeyRequest(), default).AsTask());
        await RefusedAsync(ProblemCodes.Forbidden, () => administration.PutSourceAsync(SourceOf("x"), create: true, default).AsTask());
        var revoked = await Administration.RevokeKeyAsync(made.Key.Id, default);
        var listed = await Administration.ListKeysAsync(null, null, default);

        Assert.Equal(("an app", Role.Submitter, false), (made.Key.Name, made.Key.Role, made.Key.OwnJobsOnly));
        Assert.NotNull(revoked.RevokedAt);
        Assert.Contains(listed.Items, key => key.Id == made.Key.Id);
        await RefusedAsync(ProblemCodes.Unauthenticated, async () => await (await OpenAsync(made.Token)).Jobs.SubmitAsync(Query("select 1"), default));
        await RefusedAsync(ProblemCodes.NotFound, () => Administration.RevokeKeyAsync("nobody", default).AsTask());
    }

    [Fact]
    public async Task A_key_keeps_its_id_when_it_is_rotated_and_its_old_secret_works_for_the_grace()
    {
        var made = await Administration.CreateKeyAsync(new KeyRequest { Role = Role.Operator, Sources = [Source], ExpiresIn = TimeSpan.FromDays(30) }, default);
        var rotated = await Administration.RotateKeyAsync(made.Key.Id, TimeSpan.FromHours(1), default);
        var own = (await (await OpenAsync(rotated.Token)).Jobs.SubmitAsync(Query("select 1"), default)).Job;
        await (await OpenAsync(made.Token)).Jobs.GetAsync(own.Id.ToString(), default);
        var again = await Administration.RotateKeyAsync(made.Key.Id, TimeSpan.Zero, default);

        Assert.Equal((made.Key.Id, Role.Operator), (rotated.Key.Id, rotated.Key.Role));
        Assert.Equal([Source], rotated.Key.Sources);
        Assert.Equal(TimeSpan.FromDays(30), made.Key.ExpiresAt - made.Key.CreatedAt);
        Assert.Equal(made.Key.ExpiresAt, rotated.Key.ExpiresAt);
        Assert.InRange((rotated.Key.OldSecretUntil - rotated.Key.RotatedAt)!.Value, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
        Assert.Null(again.Key.OldSecretUntil);
        Assert.Equal(made.Key.Id, own.Record.Spec.SubmittedBy);
        foreach (var ended in (string[])[made.Token, rotated.Token])
            await RefusedAsync(ProblemCodes.Unauthenticated, async () => await (await OpenAsync(ended)).Jobs.GetAsync(own.Id.ToString(), default));
        await RefusedAsync(ProblemCodes.NotFound, () => Administration.RotateKeyAsync("nobody", TimeSpan.Zero, default).AsTask());
    }

    [Fact]
    public async Task A_quota_is_set_shown_held_and_removed()
    {
        var key = await Administration.CreateKeyAsync(new KeyRequest(), default);
        var (jobs, administration) = await OpenAsync(key.Token);
        var limits = new QuotaLimits { LiveJobs = 1, SubmissionsPerMinute = 1_000, SubmissionsPerDay = 1_000_000 };
        var set = await Administration.PutQuotaAsync($"key:{key.Key.Id}", limits, default);
        var job = (await jobs.SubmitAsync(Query("select 1") with { DelaySeconds = 3600 }, default)).Job;
        var refused = await RefusedAsync(ProblemCodes.QuotaExceeded, () => jobs.SubmitAsync(Query("select 1"), default).AsTask());
        var shown = await administration.GetQuotaAsync(set.Key, default);
        var listed = await Administration.ListQuotasAsync(null, null, default);
        await Administration.DeleteQuotaAsync(set.Key, default);
        await jobs.SubmitAsync(Query("select 1"), default);

        Assert.Equal((limits, 0L), (set.Limits, set.Used.LiveJobs));
        Assert.Equal(new LimitReached(set.Key, "live_jobs", 1, 1), refused.Limit);
        Assert.Equal(TimeSpan.FromSeconds(5), refused.RetryAfter);
        Assert.Equal(1, shown.Used.LiveJobs);
        Assert.InRange(shown.Used.SubmissionsToday, 0, 1); // 0 where a day began in between
        Assert.Equal(set.Key, listed.Items.Single().Key);
        Assert.Equal(JobStatus.Pending, job.Status);
        await RefusedAsync(ProblemCodes.NotFound, () => Administration.GetQuotaAsync(set.Key, default).AsTask());
        await RefusedAsync(ProblemCodes.InvalidRequest, () => Administration.PutQuotaAsync(set.Key, new QuotaLimits(), default).AsTask());
    }

    [Fact]
    public async Task Projects_are_made_by_instance_admins_alone()
    {
        var made = await Administration.PutProjectAsync("sales", "Sales", 2.5, create: true, default);
        await RefusedAsync(ProblemCodes.AlreadyExists, () => Administration.PutProjectAsync("sales", null, null, create: true, default).AsTask());
        var key = await Administration.CreateKeyAsync(new KeyRequest { Role = Role.Admin }, default);
        var (_, admin) = await OpenAsync(key.Token);

        Assert.Equal(("Sales", 2.5), (made.DisplayName, made.Weight));
        Assert.Equal(["default", "sales"], (await Administration.ListProjectsAsync(null, null, default)).Items.Select(project => project.Name));
        Assert.Equal(["default"], (await admin.ListProjectsAsync(null, null, default)).Items.Select(project => project.Name));
        await RefusedAsync(ProblemCodes.NotFound, () => admin.GetProjectAsync("sales", default).AsTask());
        await RefusedAsync(ProblemCodes.Forbidden, () => admin.PutProjectAsync("mine", null, null, create: true, default).AsTask());
        await RefusedAsync(ProblemCodes.Forbidden, () => admin.ListNodesAsync(default).AsTask());
    }

    [Fact]
    public async Task A_limit_is_set_shown_and_removed()
    {
        var key = Claims.LimitKeys.OfSource("default", Source, shared: false);
        var made = await Administration.PutLimitAsync(key, 3, default);
        var listed = await Administration.ListLimitsAsync(null, null, default);
        await Administration.DeleteLimitAsync(key, default);

        Assert.Equal((key, 3), (made.Key, made.Max));
        Assert.Equal(key, listed.Items.Single().Key);
        await RefusedAsync(ProblemCodes.NotFound, () => Administration.GetLimitAsync(key, default).AsTask());
        await RefusedAsync(ProblemCodes.InvalidRequest, () => Administration.PutLimitAsync(key, -1, default).AsTask());
    }

    [Fact]
    public async Task The_audit_log_tells_who_did_what_and_nothing_secret()
    {
        var key = await Administration.CreateKeyAsync(new KeyRequest { Name = "an app" }, default);
        var job = await RunAsync(Query("select 'canary-statement'"));
        var all = await Administration.ReadAuditAsync(null, allProjects: true, null, null, default);
        var submissions = await Administration.ReadAuditAsync("job.submit", allProjects: false, null, null, default);

        Assert.Contains(all.Items, entry => entry.Action == "key.create" && entry.Subject == key.Key.Id);
        Assert.Equal(job.Id.ToString(), submissions.Items.Single().Subject);
        Assert.DoesNotContain(all.Items, entry => entry.Detail?.Contains("canary", StringComparison.Ordinal) is true);
        Assert.DoesNotContain(all.Items, entry => entry.Detail?.Contains(key.Token.Split('_')[2], StringComparison.Ordinal) is true);
    }

    [Fact]
    public async Task The_numbers_count_jobs_by_status()
    {
        await RunAsync(Query("select 1"));
        await Jobs.SubmitAsync(Query("select 1") with { DelaySeconds = 3600 }, default);
        var stats = await Administration.StatsAsync(default);
        var nodes = await Administration.ListNodesAsync(default);

        Assert.Equal(1, stats.Jobs.Single(count => count.Status is JobStatus.Succeeded).Count);
        Assert.Equal(1, stats.Jobs.Single(count => count.Status is JobStatus.Pending).Count);
        Assert.True(stats is { NodeConcurrency: > 0, MemoryBytes: > 0 });
        Assert.Equal(Environment.ProcessId, nodes.Single(node => node.EndedAt is null).Registration.ProcessId);
    }

    [Fact]
    public async Task A_node_is_drained_and_resumed()
    {
        var name = (await Administration.ListNodesAsync(default)).Single(node => node.EndedAt is null).Node.Node;

        var drained = await Administration.SetNodeDrainingAsync(name, draining: true, default);
        var resumed = await Administration.SetNodeDrainingAsync(name, draining: false, default);

        Assert.Equal((NodeStatus.Drained, NodeStatus.Up), (drained.Status, resumed.Status));
        Assert.Equal(NodeRoles.All, resumed.Registration.Roles);
        await RefusedAsync(ProblemCodes.NotFound, () => Administration.SetNodeDrainingAsync("nobody", draining: true, default).AsTask());
    }
}
