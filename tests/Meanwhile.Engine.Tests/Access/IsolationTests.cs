using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;
using Meanwhile.Sources;
using Meanwhile.Testing.Stores;

namespace Meanwhile.Access;

public sealed class IsolationTests : IAsyncLifetime
{
    private static readonly Caller Stranger = new() { Project = "other", Principal = "stranger", Role = Role.Admin };
    private static readonly Caller OwnOnly = new() { Project = "default", Principal = "narrow", OwnJobsOnly = true };
    private TestEngine _engine = null!;
    private Job _ended = null!;
    private Job _running = null!;

    public async ValueTask InitializeAsync()
    {
        _engine = await TestEngine.StartAsync();
        await _engine.Administration.PutProjectAsync("other", null, null, create: true, default);
        _ended = await _engine.RunAsync(TestEngine.Query("rows 10"));
        _running = (await _engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default)).Job;
        await _engine.UntilAsync(_running.Id, job => job.Status == JobStatus.Running);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    public static TheoryData<string, Func<IJobs, string, Task>> JobMethods() => new()
    {
        { "get", (jobs, id) => jobs.GetAsync(id, default).AsTask() },
        { "wait", (jobs, id) => jobs.WaitAsync(id, null, TimeSpan.Zero, default).AsTask() },
        { "cancel", (jobs, id) => jobs.CancelAsync(id, default).AsTask() },
        { "retry", (jobs, id) => jobs.RetryAsync(id, default).AsTask() },
        { "result", (jobs, id) => jobs.ReadResultAsync(id, new ResultRequest(), default).AsTask() },
        { "export", (jobs, id) => jobs.ExportResultAsync(id, new ResultRequest(), ResultFormat.Csv, Stream.Null, default).AsTask() },
        { "partition", (jobs, id) => jobs.OpenPartitionAsync(id, null, 0, default).AsTask() },
        { "attempts", (jobs, id) => jobs.AttemptsAsync(id, default).AsTask() },
        { "log", (jobs, id) => jobs.OpenLogAsync(id, null, default).AsTask() },
        { "events", (jobs, id) => jobs.ReadEventsAsync(id, new EventQuery(), default).AsTask() },
    };

    [Theory]
    [MemberData(nameof(JobMethods), DisableDiscoveryEnumeration = true)]
    public async Task Another_projects_job_and_anothers_own_job_do_not_exist(string method, Func<IJobs, string, Task> call)
    {
        foreach (var caller in new[] { Stranger, OwnOnly })
        {
            foreach (var id in new[] { _ended.Id.ToString(), _ended.ShortId, _running.Id.ToString(), _running.ShortId })
            {
                var refused = await TestEngine.RefusedAsync(() => call(_engine.Host.As(caller), id));
                Assert.True(refused.Code == ProblemCodes.NotFound, $"{method}: {refused}");
                Assert.Null(refused.Status);
            }
        }
    }

    [Fact]
    public async Task Cancelling_many_leaves_what_is_not_there_alone_and_says_so_in_their_order()
    {
        var own = (await _engine.Host.As(OwnOnly).SubmitAsync(TestEngine.Query("wait"), default)).Job;

        var answers = await _engine.Host.As(OwnOnly).CancelAsync([_running.ShortId, own.ShortId, own.Id.ToString(), Guid.Empty.ToString()], default);
        var strangers = await _engine.Host.As(Stranger).CancelAsync([_running.Id.ToString()], default);

        Assert.Equal([null, own.Id, own.Id, null], answers.Select(item => item.Job?.Id));
        Assert.All([answers[0], answers[3], .. strangers], item => Assert.Equal(ProblemCodes.NotFound, item.Refused!.Code));
        Assert.Null((await _engine.Jobs.GetAsync(_running.ShortId, default)).Record.State.Cancel);
        var ended = await _engine.EndedAsync(own.Id);
        Assert.True(ended.Status == JobStatus.Canceled, $"{ended.Status.Word}: {ended.Record.State.Error}");
    }

    [Fact]
    public async Task Lists_and_feeds_show_only_what_the_caller_may_see()
    {
        var own = (await _engine.Host.As(OwnOnly).SubmitAsync(TestEngine.Query("rows 1"), default)).Job;
        await _engine.EndedAsync(own.Id);

        var listed = await _engine.Host.As(OwnOnly).ListAsync(new JobQuery(), null, null, default);
        var askedForAnothers = await _engine.Host.As(OwnOnly).ListAsync(new JobQuery { SubmittedBy = "admin" }, null, null, default);
        var events = await _engine.Host.As(OwnOnly).ReadEventsAsync(null, new EventQuery(), default);
        var strangers = await _engine.Host.As(Stranger).ListAsync(new JobQuery(), null, null, default);
        var strangersEvents = await _engine.Host.As(Stranger).ReadEventsAsync(null, new EventQuery(), default);

        Assert.Equal([own.Id], listed.Items.Select(job => job.Id));
        Assert.Empty(askedForAnothers.Items);
        Assert.Equal([own.Id], events.Items.Select(item => item.Event.Job).Distinct());
        Assert.Empty(strangers.Items);
        Assert.Empty(strangersEvents.Items);
        Assert.Equal(ProblemCodes.Forbidden, (await TestEngine.RefusedAsync(() => _engine.Host.AdministrationAs(OwnOnly).StatsAsync(default))).Code);
    }

    public static TheoryData<string, Func<IAdministration, Task>> AdministrationMethods() => new()
    {
        { "project", door => door.GetProjectAsync("default", default).AsTask() },
        { "key", door => door.RevokeKeyAsync("thekey", default).AsTask() },
        { "source", door => door.GetSourceAsync("own", default).AsTask() },
        { "source delete", door => door.DeleteSourceAsync("own", default).AsTask() },
        { "source probe", door => door.ProbeSourceAsync("own", default).AsTask() },
        { "limit", door => door.GetLimitAsync("source:default/own", default).AsTask() },
        { "quota", door => door.GetQuotaAsync("project:default", default).AsTask() },
    };

    [Theory]
    [MemberData(nameof(AdministrationMethods), DisableDiscoveryEnumeration = true)]
    public async Task Another_projects_configuration_does_not_exist(string method, Func<IAdministration, Task> call)
    {
        await _engine.Administration.PutSourceAsync(SourceAdminTests.Source("own"), create: true, default);
        await _engine.Administration.PutLimitAsync("source:default/own", 3, default);
        await _engine.Administration.PutQuotaAsync("project:default", new QuotaLimits { LiveJobs = 100 }, default);

        var refused = await TestEngine.RefusedAsync(() => call(_engine.Host.AdministrationAs(Stranger)));

        Assert.True(refused.Code == ProblemCodes.NotFound, $"{method}: {refused}");
    }

    [Fact]
    public async Task Listings_of_the_configuration_hold_only_the_projects_own()
    {
        await _engine.Administration.PutSourceAsync(SourceAdminTests.Source("own"), create: true, default);
        await _engine.Administration.PutLimitAsync("key:default/k", 3, default);
        await _engine.Administration.PutLimitAsync("project:other", 3, default);
        var stranger = _engine.Host.AdministrationAs(Stranger);

        Assert.Equal(["other"], (await stranger.ListProjectsAsync(null, null, default)).Items.Select(project => project.Name));
        Assert.Equal(["db"], (await stranger.ListSourcesAsync(null, null, default)).Items.Select(source => source.Definition.Name));
        Assert.Empty((await stranger.ListKeysAsync(null, null, default)).Items);
        Assert.Equal(["project:other"], (await stranger.ListLimitsAsync(null, null, default)).Items.Select(limit => limit.Key));
        Assert.All((await stranger.ReadAuditAsync(null, false, null, null, default)).Items, entry => Assert.Equal("other", entry.Project));
        Assert.Empty((await stranger.StatsAsync(default)).Jobs);
    }

    public static TheoryData<string, Func<IAdministration, Task>> AdminsOnly() => new()
    {
        { "list, make, rotate and revoke keys", door => door.ListKeysAsync(null, null, default).AsTask() },
        { "list, make, rotate and revoke keys", door => door.CreateKeyAsync(new KeyRequest(), default).AsTask() },
        { "list, make, rotate and revoke keys", door => door.RevokeKeyAsync("x", default).AsTask() },
        { "define, change and remove sources, and see their settings", door => door.PutSourceAsync(SourceAdminTests.Source("x"), true, default).AsTask() },
        { "define, change and remove sources, and see their settings", door => door.DeleteSourceAsync("x", default).AsTask() },
        { "list, make, rotate and revoke keys", door => door.RotateKeyAsync("x", TimeSpan.Zero, default).AsTask() },
        { "change the quotas of keys", door => door.PutQuotaAsync("key:x", new QuotaLimits { LiveJobs = 1 }, default).AsTask() },
        { "change the quotas of keys", door => door.DeleteQuotaAsync("key:x", default).AsTask() },
        { "read the audit log", door => door.ReadAuditAsync(null, false, null, null, default).AsTask() },
    };

    [Theory]
    [MemberData(nameof(AdminsOnly), DisableDiscoveryEnumeration = true)]
    public async Task A_submitter_may_not_manage_its_project(string what, Func<IAdministration, Task> call)
    {
        var refused = await TestEngine.RefusedAsync(() => call(_engine.Host.AdministrationAs(TestEngine.Submitter())));

        Assert.Equal(ProblemCodes.Forbidden, refused.Code);
        Assert.Contains($"Only an admin of project 'default' may {what}; this key's role is submitter.", refused.Detail);
    }

    [Fact]
    public async Task A_submitter_may_not_change_limits()
    {
        var door = _engine.Host.AdministrationAs(TestEngine.Submitter());

        foreach (var refused in (Problem[])[await TestEngine.RefusedAsync(() => door.PutLimitAsync("key:default/x", 1, default)), await TestEngine.RefusedAsync(() => door.DeleteLimitAsync("key:default/x", default).AsTask())])
        {
            Assert.Equal(ProblemCodes.Forbidden, refused.Code);
            Assert.Equal("Only an operator or admin of project 'default' may change limits of the project's sources and limit keys; this key's role is submitter.", refused.Detail);
        }
    }

    public static TheoryData<string, Func<IAdministration, Task>> InstanceAdminsOnly() => new()
    {
        { "make and change projects, and act in any of them", door => door.PutProjectAsync("x", null, null, true, default).AsTask() },
        { "make and change projects, and act in any of them", door => door.PutProjectAsync("other", null, 2, false, default).AsTask() },
        { "make, rotate and revoke keys of instance admins", door => door.CreateKeyAsync(new KeyRequest { IsInstanceAdmin = true }, default).AsTask() },
        { "change limits of projects, tools and shared sources", door => door.PutLimitAsync("tool:query", 1, default).AsTask() },
        { "change limits of projects, tools and shared sources", door => door.PutLimitAsync("key:default/x", 1, default).AsTask() },
        { "change limits of projects, tools and shared sources", door => door.DeleteLimitAsync("source:default/own", default).AsTask() },
        { "change the quotas of projects", door => door.PutQuotaAsync("project:other", new QuotaLimits { LiveJobs = 1 }, default).AsTask() },
        { "change the quotas of projects", door => door.DeleteQuotaAsync("project:other", default).AsTask() },
        { "read the audit log of all projects", door => door.ReadAuditAsync(null, true, null, null, default).AsTask() },
        { "drain and resume nodes", door => door.SetNodeDrainingAsync("node", true, default).AsTask() },
        { "drain and resume nodes", door => door.SetNodeDrainingAsync("node", false, default).AsTask() },
        { "list nodes", door => door.ListNodesAsync(default).AsTask() },
    };

    [Theory]
    [MemberData(nameof(InstanceAdminsOnly), DisableDiscoveryEnumeration = true)]
    public async Task A_projects_admin_may_not_manage_the_instance(string what, Func<IAdministration, Task> call)
    {
        var refused = await TestEngine.RefusedAsync(() => call(_engine.Host.AdministrationAs(Stranger)));

        Assert.Equal(ProblemCodes.Forbidden, refused.Code);
        Assert.Contains(what, refused.Detail);
    }

    [Fact]
    public async Task An_instance_admin_sees_all_audit_and_the_nodes()
    {
        var all = await _engine.Administration.ReadAuditAsync(null, allProjects: true, null, null, default);
        var nodes = await _engine.Administration.ListNodesAsync(default);

        Assert.Contains(all.Items, entry => entry is { Action: "project.create", Project: "other" });
        Assert.Equal(("node", 1), (Assert.Single(nodes).Node.Node, nodes[0].RunningCount));
        Assert.Equal(TestEngine.Admin, _engine.Administration.Caller);
    }
}
