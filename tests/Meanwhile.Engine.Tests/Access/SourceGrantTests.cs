using Meanwhile.Events;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Results;

namespace Meanwhile.Access;

/// <summary>A key for some sources: others do not exist for it, nor do their jobs.</summary>
public sealed class SourceGrantTests : IAsyncLifetime
{
    private TestEngine _engine = null!;
    private IJobs _jobs = null!;
    private IAdministration _administration = null!;
    private Job _granted = null!;
    private Job _hidden = null!;

    public async ValueTask InitializeAsync()
    {
        _engine = await TestEngine.StartAsync();
        foreach (var name in (string[])["a", "b"]) await _engine.Administration.PutSourceAsync(SourceAdminTests.Source(name), create: true, default);
        var key = await _engine.Administration.CreateKeyAsync(new KeyRequest { Role = Role.Operator, Sources = ["a", "db"] }, default);
        var caller = (await _engine.Host.AuthenticateAsync(key.Token, null, default))!;
        (_jobs, _administration) = (_engine.Host.As(caller), _engine.Host.AdministrationAs(caller));
        _granted = await _engine.RunAsync(TestEngine.Query("rows 1", "a"));
        _hidden = await _engine.RunAsync(TestEngine.Query("rows 1", "b"));
        Assert.Equal(["a", "db"], key.Key.Sources);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Another_source_is_unknown_in_every_question()
    {
        var submission = await TestEngine.RefusedAsync(() => _jobs.SubmitAsync(TestEngine.Query("rows 1", "b"), default));
        var nowhere = await TestEngine.RefusedAsync(() => _jobs.SubmitAsync(TestEngine.Query("rows 1", "c"), default));
        var check = await TestEngine.RefusedAsync(() => _jobs.DryRunAsync(TestEngine.Query("rows 1", "b"), default));

        Assert.Equal("source", Assert.Single(submission.Errors).Field);
        Assert.Equal(nowhere.Detail.Replace("'c'", "'b'", StringComparison.Ordinal), submission.Detail);
        Assert.Equal(submission.Detail, check.Detail);
        Assert.Equal(["a", "db"], (await _administration.ListSourcesAsync(null, null, default)).Items.Select(source => source.Definition.Name));
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => _administration.GetSourceAsync("b", default))).Code);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => _administration.ProbeSourceAsync("b", default))).Code);
        Assert.Null((await _administration.ProbeSourceAsync("a", default)).Error);
    }

    [Fact]
    public async Task A_job_of_another_source_does_not_exist()
    {
        Func<string, Task>[] asked =
        [
            id => _jobs.GetAsync(id, default).AsTask(),
            id => _jobs.CancelAsync(id, default).AsTask(),
            id => _jobs.RetryAsync(id, default).AsTask(),
            id => _jobs.ReadResultAsync(id, new ResultRequest(), default).AsTask(),
            id => _jobs.AttemptsAsync(id, default).AsTask(),
            id => _jobs.ReadEventsAsync(id, new EventQuery(), default).AsTask(),
        ];

        foreach (var ask in asked)
        {
            Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => ask(_hidden.ShortId))).Code);
            await ask(_granted.ShortId);
        }

        Assert.Equal(ProblemCodes.NotFound, (await _jobs.CancelAsync([_hidden.ShortId], default))[0].Refused!.Code);
    }

    [Fact]
    public async Task Lists_and_feeds_hold_the_jobs_of_its_sources_and_of_none()
    {
        for (var i = 0; i < 5; i++) await _engine.RunAsync(TestEngine.Query($"rows {i + 2}", i % 2 == 0 ? "a" : "b"));

        var first = await _jobs.ListAsync(new JobQuery(), null, 3, default);
        var second = await _jobs.ListAsync(new JobQuery(), first.NextCursor, 3, default);
        var events = await _jobs.ReadEventsAsync(null, new EventQuery { Limit = 1_000 }, default);

        Assert.Equal(["a", "a", "a"], first.Items.Select(job => job.Record.Spec.Source));
        Assert.Equal(_granted.Id, Assert.Single(second.Items).Id);
        Assert.Null(second.NextCursor);
        Assert.Empty((await _jobs.ListAsync(new JobQuery { Source = "b" }, null, null, default)).Items);
        Assert.Equal(4, (await _jobs.ListAsync(new JobQuery { Source = "a" }, null, null, default)).Items.Count);
        Assert.Equal(4, events.Items.Select(item => item.Event.Job).Distinct().Count());
        Assert.DoesNotContain(events.Items, item => item.Event.Job == _hidden.Id);
        Assert.Equal(ProblemCodes.Forbidden, (await TestEngine.RefusedAsync(() => _administration.StatsAsync(default))).Code);
    }

    [Fact]
    public async Task Its_operator_limits_its_sources_alone()
    {
        foreach (var key in (string[])["source:b", "key:k"]) await _engine.Administration.PutLimitAsync(key, 5, default);

        Assert.Equal(2, (await _administration.PutLimitAsync("source:a", 2, default)).Max);
        var hidden = await TestEngine.RefusedAsync(() => _administration.PutLimitAsync("source:b", 2, default));
        var nowhere = await TestEngine.RefusedAsync(() => _administration.PutLimitAsync("source:c", 2, default));

        Assert.Equal(nowhere.Detail.Replace("default/c", "default/b", StringComparison.Ordinal).Replace("'c'", "'b'", StringComparison.Ordinal), hidden.Detail);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => _administration.GetLimitAsync("source:b", default))).Code);
        Assert.Equal(ProblemCodes.Forbidden, (await TestEngine.RefusedAsync(() => _administration.PutLimitAsync("key:k", 2, default))).Code);
        Assert.Equal(["key:default/k", "source:default/a"], (await _administration.ListLimitsAsync(null, null, default)).Items.Select(limit => limit.Key));
    }
}
