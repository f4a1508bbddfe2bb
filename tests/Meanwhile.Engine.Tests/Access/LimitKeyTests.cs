using System.Text.Json;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Sources;

namespace Meanwhile.Access;

public sealed class LimitKeyTests
{
    [Fact]
    public async Task A_source_without_a_project_is_the_callers_own_and_its_limit_holds()
    {
        await using var engine = await TestEngine.StartAsync();
        await engine.Administration.PutSourceAsync(new SourceRequest("own", ScriptedSource.TypeName, JsonDocument.Parse("{}").RootElement, new SourceOptions()), create: true, default);

        var limit = await engine.Administration.PutLimitAsync("source:own", 0, default);
        var accepted = await engine.Jobs.SubmitAsync(TestEngine.Query("rows 1", "own"), default);
        var waiting = await engine.Jobs.WaitAsync(accepted.Job.ShortId, null, TimeSpan.FromMilliseconds(300), default);

        Assert.Equal("source:default/own", limit.Key);
        Assert.Equal(JobStatus.Pending, waiting.Status);
        Assert.StartsWith("Paused: the limit source:default/own is 0.", waiting.WaitingReason);
        await engine.Administration.DeleteLimitAsync("source:own", default);
        Assert.Equal(JobStatus.Succeeded, (await engine.EndedAsync(accepted.Job.Id)).Status);
    }

    [Theory]
    [InlineData("source:nope")]
    [InlineData("source:default/nope")]
    [InlineData("project:nope")]
    [InlineData("tool:nope")]
    [InlineData("key:a b")]
    [InlineData("key:default/a b")]
    [InlineData("key:default/a\u0007b")]
    [InlineData("key:default/")]
    public async Task A_limit_on_what_is_not_there_or_can_not_be_is_refused(string key)
    {
        await using var engine = await TestEngine.StartAsync();

        var refused = await Assert.ThrowsAsync<ProblemException>(async () => await engine.Administration.PutLimitAsync(key, 1, default));

        Assert.Equal(ProblemCodes.InvalidRequest, refused.Problem.Code);
        Assert.Equal("key", refused.Problem.Errors[0].Field);
    }

    [Fact]
    public async Task A_cancel_is_in_the_audit_log_once()
    {
        await using var engine = await TestEngine.StartAsync();
        var accepted = await engine.Jobs.SubmitAsync(TestEngine.Query("wait") with { DelaySeconds = 3600 }, default);

        await engine.Jobs.CancelAsync(accepted.Job.ShortId, default);
        await engine.Jobs.CancelAsync(accepted.Job.ShortId, default);

        var entries = await engine.Administration.ReadAuditAsync("job.cancel", allProjects: false, null, null, default);
        Assert.Equal([accepted.Job.Id.ToString()], entries.Items.Select(entry => entry.Subject));
    }
}
