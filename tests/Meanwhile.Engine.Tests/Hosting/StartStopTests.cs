using Meanwhile.Problems;
using Meanwhile.Stores;
using Meanwhile.Testing.Stores;
using Microsoft.Extensions.DependencyInjection;

namespace Meanwhile.Hosting;

public sealed class StartStopTests
{
    [Fact]
    public async Task An_engine_that_never_started_stops_and_is_disposed_and_says_that_it_does_not_run()
    {
        var engine = TestEngine.Make();

        await engine.Host.StopAsync(default);
        var refused = await TestEngine.RefusedAsync(() => engine.Jobs.GetAsync("x", default));
        await engine.Host.DisposeAsync();
        await engine.DisposeAsync();

        Assert.Equal(ProblemCodes.Unavailable, refused.Code);
        Assert.False(engine.Host.Readiness.IsReady);
    }

    [Fact]
    public async Task Stops_and_disposals_may_come_twice_and_at_once()
    {
        var engine = await TestEngine.StartAsync();
        Assert.True(engine.Host.Readiness.IsReady);
        await Task.WhenAll(engine.Host.StopAsync(default), engine.Host.StopAsync(default));
        Assert.Contains("The engine is stopping.", engine.Host.Readiness.Reasons);
        await engine.Host.StopAsync(default);

        await engine.Host.DisposeAsync();
        await engine.Host.DisposeAsync();

        await engine.DisposeAsync();
    }

    [Fact]
    public async Task An_engine_starts_once()
    {
        await using var engine = await TestEngine.StartAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => engine.Host.StartAsync(default));
    }

    [Fact]
    public async Task A_start_without_a_store_says_what_is_missing()
    {
        await using var services = new ServiceCollection().AddMeanwhile(_ => { }).BuildServiceProvider();

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => services.GetRequiredService<MeanwhileHost>().StartAsync(default));

        Assert.Contains("UseSqlite", failure.Message);
    }

    [Fact]
    public async Task A_start_that_fails_leaves_nothing_running_and_the_store_closed()
    {
        var store = new FaultyStore(ModelStoreOpener.Ports(new ModelStore(TimeProvider.System, Random.Shared.NextBytes)));
        var opener = new ModelStoreOpener(store);
        store.GoAway();
        await using var engine = TestEngine.Make(opener: opener);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => engine.Host.StartAsync(default));

        Assert.Equal(1, opener.Closings);
        Assert.False(engine.Host.Readiness.IsReady);
        await engine.Host.StopAsync(default);
    }

    [Fact]
    public async Task A_start_that_is_cancelled_while_the_store_does_not_answer_ends()
    {
        using var stop = new CancellationTokenSource();
        var store = new FaultyStore(ModelStoreOpener.Ports(new ModelStore(TimeProvider.System, Random.Shared.NextBytes)));
        var opener = new ModelStoreOpener(store);
        store.Faults = verb => verb == "RegisterAsync" ? StoreFault.Silent : StoreFault.None;
        store.OnCall = verb =>
        {
            if (verb == "RegisterAsync") stop.Cancel();
        };
        await using var engine = TestEngine.Make(opener: opener);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.Host.StartAsync(stop.Token));

        Assert.Equal(1, opener.Closings);
    }
}
