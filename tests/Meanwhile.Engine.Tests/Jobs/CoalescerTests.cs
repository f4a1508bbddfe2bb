using Meanwhile.Stores;

namespace Meanwhile.Jobs;

public sealed class CoalescerTests
{
    private readonly List<int> _batches = [];
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Callers_that_come_while_a_write_is_under_way_share_the_next()
    {
        using Coalescer<int, int> coalescer = new(WriteAsync, 100, 1_000, 1);
        var first = coalescer.AddAsync(0, default).AsTask();
        await _begun.Task;
        var others = Enumerable.Range(1, 50).Select(n => coalescer.AddAsync(n, default).AsTask()).ToList();

        _open.SetResult();

        var answers = await Task.WhenAll([first, .. others]);
        Assert.Equal(Enumerable.Range(0, 51).Select(n => n * 2), answers);
        Assert.Equal([1, 50], _batches);
    }

    [Fact]
    public async Task A_bad_item_fails_alone()
    {
        using Coalescer<int, int> coalescer = new(WriteAsync, 100, 1_000, 1);
        var first = coalescer.AddAsync(0, default).AsTask();
        var others = Enumerable.Range(1, 40).Select(n => coalescer.AddAsync(n == 17 ? -1 : n, default).AsTask()).ToList();
        _open.SetResult();

        await first;
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => others[16]);

        Assert.Equal("bad", failure.Message);
        others.RemoveAt(16);
        Assert.Equal(39, (await Task.WhenAll(others)).Length);
    }

    [Fact]
    public async Task When_the_store_does_not_answer_the_whole_batch_fails_at_once()
    {
        var calls = 0;
        using Coalescer<int, int> coalescer = new(
            async (items, _) =>
            {
                _begun.TrySetResult();
                await _open.Task;
                calls++;
                throw new StoreUnavailableException("away");
            },
            100,
            1_000,
            1);
        var first = coalescer.AddAsync(0, default).AsTask();
        await _begun.Task;
        var others = Enumerable.Range(1, 20).Select(n => coalescer.AddAsync(n, default).AsTask()).ToList();
        _open.SetResult();

        foreach (var task in others.Prepend(first)) await Assert.ThrowsAsync<StoreUnavailableException>(() => task);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task Beyond_its_bound_callers_wait_outside_and_may_give_up()
    {
        using Coalescer<int, int> coalescer = new(WriteAsync, 10, 2, 1);
        using var stop = new CancellationTokenSource();
        var first = coalescer.AddAsync(1, default).AsTask();
        var second = coalescer.AddAsync(2, default).AsTask();
        var outside = coalescer.AddAsync(3, stop.Token).AsTask();

        stop.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => outside);
        _open.SetResult();
        var answers = await Task.WhenAll(first, second);
        Assert.Equal([2, 4], answers);
        Assert.Equal(2, _batches.Sum());
    }

    private async ValueTask<IReadOnlyList<int>> WriteAsync(IReadOnlyList<int> items, CancellationToken cancellationToken)
    {
        _begun.TrySetResult();
        await _open.Task;
        if (items.Contains(-1)) throw new ArgumentException("bad");
        _batches.Add(items.Count);
        return [.. items.Select(item => item * 2)];
    }
}
