using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;

namespace Meanwhile.Access;

public sealed class RoleTests : IAsyncLifetime
{
    private TestEngine _engine = null!;
    private Job _theirs = null!;

    public async ValueTask InitializeAsync()
    {
        _engine = await TestEngine.StartAsync();
        _theirs = (await _engine.Jobs.SubmitAsync(TestEngine.Query("wait") with { DelaySeconds = 3600 }, default)).Job;
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private static Caller Of(Role role, string principal = "k") => new() { Project = "default", Principal = principal, Role = role };

    [Fact]
    public async Task A_viewer_reads_all_and_changes_nothing()
    {
        var jobs = _engine.Host.As(Of(Role.Viewer));
        var administration = _engine.Host.AdministrationAs(Of(Role.Viewer));

        Assert.Equal(_theirs.Id, (await jobs.GetAsync(_theirs.ShortId, default)).Id);
        Assert.Single((await jobs.ListAsync(new JobQuery(), null, null, default)).Items);
        Assert.Single((await administration.ListSourcesAsync(null, null, default)).Items);
        Assert.NotEmpty((await administration.StatsAsync(default)).Jobs);
        Problem[] refusals =
        [
            await TestEngine.RefusedAsync(() => jobs.SubmitAsync(TestEngine.Query("rows 1"), default)),
            await TestEngine.RefusedAsync(() => jobs.SubmitAsync([TestEngine.Query("rows 1")], default)),
            await TestEngine.RefusedAsync(() => jobs.DryRunAsync(TestEngine.Query("rows 1"), default)),
            await TestEngine.RefusedAsync(() => jobs.CancelAsync(_theirs.ShortId, default)),
            await TestEngine.RefusedAsync(() => jobs.CancelAsync([_theirs.ShortId], default)),
            await TestEngine.RefusedAsync(() => jobs.RetryAsync(_theirs.ShortId, default)),
            await TestEngine.RefusedAsync(() => administration.ProbeSourceAsync("db", default)),
        ];
        Assert.All(refusals, refused => Assert.Equal(ProblemCodes.Forbidden, refused.Code));
        Assert.Equal("Only a submitter, operator or admin of project 'default' may submit jobs and check statements; this key's role is viewer.", refusals[0].Detail);
    }

    [Fact]
    public async Task A_submitter_stops_and_retries_its_own_jobs_and_an_operator_anybodys()
    {
        var submitter = _engine.Host.As(Of(Role.Submitter));
        var own = (await submitter.SubmitAsync(TestEngine.Query("wait") with { DelaySeconds = 3600 }, default)).Job;

        var refused = await TestEngine.RefusedAsync(() => submitter.CancelAsync(_theirs.ShortId, default));
        var items = await submitter.CancelAsync([_theirs.ShortId, own.ShortId], default);
        var retried = await submitter.RetryAsync(own.ShortId, default);
        var stopped = await _engine.Host.As(Of(Role.Operator, "op")).CancelAsync(_theirs.ShortId, default);
        var notRetried = await TestEngine.RefusedAsync(() => submitter.RetryAsync(_theirs.ShortId, default));
        var again = await _engine.Host.As(Of(Role.Operator, "op")).RetryAsync(own.ShortId, default);

        Assert.Equal((ProblemCodes.Forbidden, "Only an operator or admin of project 'default' may stop and retry any job of the project; this key's role is submitter."), (refused.Code, refused.Detail));
        Assert.Equal((ProblemCodes.Forbidden, JobStatus.Canceled), (items[0].Refused!.Code, items[1].Job!.Status));
        Assert.Equal(own.Id, retried.Record.Spec.RetryOf);
        Assert.Equal(JobStatus.Canceled, stopped.Status);
        Assert.Equal(ProblemCodes.Forbidden, notRetried.Code);
        Assert.Equal("op", again.Record.Spec.SubmittedBy);
    }

    [Fact]
    public async Task An_operator_limits_sources_and_limit_keys_but_neither_defines_sources_nor_sees_their_settings()
    {
        await _engine.Administration.PutSourceAsync(SourceAdminTests.Source("own"), create: true, default);
        var administration = _engine.Host.AdministrationAs(Of(Role.Operator));

        Assert.Equal(0, (await administration.PutLimitAsync("source:own", 0, default)).Max);
        Assert.Equal(3, (await administration.PutLimitAsync("key:k", 3, default)).Max);
        await administration.DeleteLimitAsync("source:own", default);
        Assert.Empty((await administration.GetSourceAsync("own", default)).Definition.Settings.EnumerateObject());
        foreach (var key in (string[])["project:default", "tool:query", "source:db"])
            Assert.Equal(ProblemCodes.Forbidden, (await TestEngine.RefusedAsync(() => administration.PutLimitAsync(key, 1, default))).Code);
        Assert.Equal(ProblemCodes.Forbidden, (await TestEngine.RefusedAsync(() => administration.PutSourceAsync(SourceAdminTests.Source("x"), true, default))).Code);
        Assert.Equal(ProblemCodes.Forbidden, (await TestEngine.RefusedAsync(() => administration.ListKeysAsync(null, null, default))).Code);
        Assert.Equal(ProblemCodes.Forbidden, (await TestEngine.RefusedAsync(() => administration.ListNodesAsync(default))).Code);
    }
}
