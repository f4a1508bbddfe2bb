using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Jobs;

namespace Meanwhile.EndToEnd.Tests.Nodes;

[Collection(WholeMachine.Name)]
public sealed class CancelFromElsewhereTests : IAsyncLifetime
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RunsWithin = TimeSpan.FromSeconds(30);
    private SharedScene _scene = null!;

    public async ValueTask InitializeAsync() => _scene = await SharedScene.SetAsync();

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // its owner stands still, as a suspended machine does
    public async Task A_query_cancelled_at_another_node_is_gone_at_the_source_within_two_seconds_and_the_job_shows_the_evidence(bool ownerIsFrozen)
    {
        var owner = await _scene.StartAsync("owner");
        using var there = owner.Client();
        var id = (await there.SubmitAsync(SharedScene.Query("select pg_sleep(600)"), CancellationToken.None)).Job.Id.ToString();
        await owner.UntilAsync("The statement runs", async () => (await _scene.RunningTagsAsync()).Count == 1, RunsWithin);
        var other = await _scene.StartAsync("other", roles: "api");
        using var here = other.Client();
        if (ownerIsFrozen) owner.Freeze();

        var asked = TimeProvider.System.GetTimestamp();
        await here.CancelAsync(id, CancellationToken.None);
        await other.UntilAsync("The statement is gone", async () => (await _scene.RunningTagsAsync()).Count == 0, Promise);
        Assert.InRange(TimeProvider.System.GetElapsedTime(asked), TimeSpan.Zero, Promise);

        var job = await here.WaitUntilEndedAsync(id);
        var cancel = job.Record.State.Cancel!;
        Assert.Equal(JobStatus.Canceled, job.Status);
        Assert.Equal((CancelReason.Requested, false), (cancel.Reason, cancel.Unconfirmed));
        Assert.NotNull(cancel.SentAt);
        Assert.NotNull(cancel.ConfirmedAt);
        Assert.False(string.IsNullOrEmpty(cancel.Answer));
        if (ownerIsFrozen) owner.Thaw();
    }
}
