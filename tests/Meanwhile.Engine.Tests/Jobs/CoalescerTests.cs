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
    public async Task A_write_beside_another_begins_once_as_many_wait_as_are_being_written()
    {
        List<int> sizes = [];
        Queue<TaskCompletionSource> ends = new();
        using SemaphoreSlim begun = new(0);
        using Coalescer<int, int> coalescer = new(
            async (items, _) =>
            {
                var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                lock (sizes)
                {
                    sizes.Add(items.Count);
                    ends.Enqueue(end);
                }

                begun.Release();
                await end.Task;
                return items;
            },
            100,
            1_000,
            2);
        List<Task> answers = [];
        void Add(int count) => answers.AddRange(Enumerable.Range(0, count).Select(n => coalescer.AddAsync(n, default).AsTask()));
        async Task EndOneAsync()
        {
            ends.Dequeue().SetResult();
            await begun.WaitAsync();
        }

        Add(1);
        await begun.WaitAsync();
        Add(1); // as many as are being written
        await begun.WaitAsync();
        Add(4); // both writers are at work
        await EndOneAsync();
        ends.Dequeue().SetResult();
        await answers[1];
        var beginnings = new CountingContext();
        beginnings.During(() => Add(3)); // fewer than the four
        Assert.Equal(0, beginnings.Posts);
        Add(1);
        await begun.WaitAsync();

        Assert.Equal([1, 1, 4, 4], sizes);
        while (ends.TryDequeue(out var end)) end.SetResult();
        await Task.WhenAll(answers);
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

    /// <summary>Counts what is left for later.</summary>
    private sealed class CountingContext : SynchronizationContext
    {
        private int _posts;

        public int Posts => Volatile.Read(ref _posts);

        public void During(Action act)
        {
            var before = Current;
            SetSynchronizationContext(this);
            act();
            SetSynchronizationContext(before);
        }

        public override void Post(SendOrPostCallback d, object? state)
        {
            Interlocked.Increment(ref _posts);
            base.Post(d, state);
        }
    }
}
