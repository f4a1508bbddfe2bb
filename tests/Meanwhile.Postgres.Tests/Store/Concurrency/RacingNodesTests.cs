using System.Collections.Concurrent;
using Meanwhile.Claims;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Tests.Store.Concurrency;

public sealed class RacingNodesTests(SharedCluster shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_nodes_take_each_job_once_and_find_all_that_one_of_them_was_given()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 4);
        await nodes.Store.Jobs.SubmitAsync([.. Enumerable.Range(0, 400).Select(i => nodes.Spec($"p{i % 3}"))], Token);
        ConcurrentBag<JobId> taken = [];

        await Task.WhenAll(nodes.All.Select(node => Task.Run(async () =>
        {
            while (taken.Count < 400)
            {
                foreach (var job in await NodesOnOneStore.ClaimAsync(node, 7)) taken.Add(job.Job.Id);
            }
        })));

        Assert.Equal(400, taken.Distinct().Count());
        Assert.Equal(400, taken.Count);
    }

    [Fact]
    public async Task A_finite_limit_is_never_exceeded_by_nodes_that_claim_at_once_and_is_used_in_full()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 4);
        await nodes.Store.Jobs.SubmitAsync([.. Enumerable.Range(0, 120).Select(_ => nodes.Spec() with { Source = "s" })], Token);
        var limits = new Dictionary<string, int> { ["source:p/s"] = 5 };
        var (running, highest, ended) = (0, 0, 0);

        await Task.WhenAll(nodes.All.Select(node => Task.Run(async () =>
        {
            while (Volatile.Read(ref ended) < 120)
            {
                var claimed = await NodesOnOneStore.ClaimAsync(node, 3, limits);
                InterlockedMax(ref highest, Interlocked.Add(ref running, claimed.Count));
                foreach (var job in claimed)
                {
                    Interlocked.Decrement(ref running); // before it is free at the store, so that this count is never too high
                    await node.Store.Jobs.FinishAsync([nodes.End(job.Fence)], Token);
                    Interlocked.Increment(ref ended);
                }
            }
        })));

        Assert.InRange(highest, 2, 5);
    }

    [Fact]
    public async Task Of_racing_submissions_with_one_key_on_several_nodes_one_is_accepted()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 4);
        for (var round = 0; round < 10; round++)
        {
            var key = $"key{round}";
            var answers = await Task.WhenAll(nodes.All.SelectMany(node => Enumerable.Range(0, 4).Select(_ => node)).Select(node => Task.Run(async () =>
                (await node.Store.Jobs.SubmitAsync([nodes.Spec(), nodes.Spec() with { IdempotencyKey = key, ContentHash = new byte[32] }], Token))[1])));

            Assert.Single(answers, answer => answer is Submission.Accepted);
            Assert.Single(answers.OfType<Submission.Duplicate>().Select(answer => answer.Existing).Distinct());
        }
    }

    [Fact]
    public async Task Of_a_racing_cancel_and_finish_each_job_has_one_ending_that_both_tell()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 2);
        for (var round = 0; round < 30; round++)
        {
            var spec = nodes.Spec();
            await nodes.Store.Jobs.SubmitAsync([spec], Token);
            var fence = Assert.Single(await NodesOnOneStore.ClaimAsync(nodes.All[0], 1)).Fence;

            var finish = Task.Run(async () => (await nodes.All[0].Store.Jobs.FinishAsync([nodes.End(fence)], Token))[0]);
            var cancel = Task.Run(async () => (await nodes.All[1].Store.Jobs.RequestCancelAsync([new CancelRequest(fence.Job, "k")], Token))[0]);
            var (finished, asked) = (await finish, await cancel);

            Assert.Equal((WriteResult.Applied, JobStatus.Succeeded), (finished.Result, finished.Job!.State.Status));
            Assert.Contains(asked.Result, (WriteResult[])[WriteResult.Applied, WriteResult.AlreadyEnded]);
            Assert.Equal(asked.Result == WriteResult.Applied, finished.Job.State.Cancel is not null);
        }
    }

    [Fact]
    public async Task A_claim_beside_the_declaration_of_its_nodes_death_is_rescued_or_was_never_made()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 2);
        for (var round = 0; round < 15; round++)
        {
            var registered = await nodes.Store.Nodes.RegisterAsync(new("victim", "host", 1, "1"), Token);
            var specs = Enumerable.Range(0, 20).Select(_ => nodes.Spec($"r{round}")).ToList();
            await nodes.Store.Jobs.SubmitAsync(specs, Token);

            var claim = Task.Run(async () => await nodes.Store.Jobs.ClaimAsync(new ClaimRequest { Node = registered.Node, Max = 20, SourceLimitDefault = int.MaxValue }, Token));
            var declare = Task.Run(async () => await nodes.All[1].Store.Nodes.DeclareDeadAsync(registered.Node, Token));
            var (claimed, rescued) = (await claim, await declare);

            var taken = claimed is ClaimResult.Claimed { Jobs: var jobs } ? jobs.Select(job => job.Job.Id).ToHashSet() : [];
            Assert.Equal(taken, rescued.ToHashSet());
            Assert.Empty(await nodes.Store.Reader.OwnedAsync(registered.Node, Token));
            foreach (var job in await NodesOnOneStore.ClaimAsync(nodes.All[1], 100)) await nodes.All[1].Store.Jobs.FinishAsync([nodes.End(job.Fence)], Token);
        }
    }

    [Fact]
    public async Task Readers_beside_many_writing_nodes_lose_no_event_and_see_each_jobs_in_order()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 3);
        var writing = Task.WhenAll(nodes.All.Select(node => Task.Run(async () =>
        {
            for (var i = 0; i < 30; i++)
            {
                await node.Store.Jobs.SubmitAsync([nodes.Spec(), nodes.Spec()], Token);
                foreach (var job in await NodesOnOneStore.ClaimAsync(node, 2)) await node.Store.Jobs.FinishAsync([nodes.End(job.Fence)], Token);
            }
        })));
        EventCursor? cursor = null;
        List<JobEvent> seen = [];
        for (var finished = false; ;)
        {
            var read = Assert.IsType<EventRead.Events>(await nodes.All[seen.Count % 3].Store.Events.ReadAsync("p", cursor, new EventFilter(null, new HashSet<EventKind>()), 50, Token));
            seen.AddRange(read.Items);
            cursor = read.Next;
            if (read.Items.Count == 0 && finished) break;
            finished = writing.IsCompleted;
        }

        await writing;
        Assert.Equal(180, seen.Count(item => item.Data.Kind == EventKind.Submitted));
        Assert.Equal(seen.Select(item => item.Number).Order(), seen.Select(item => item.Number));
        Assert.All(seen.GroupBy(item => item.Job), job => Assert.Equal(Enumerable.Range(1, job.Count()).Select(number => (long)number), job.Select(item => item.Data.JobNumber)));
    }

    [Fact]
    public async Task A_mixed_load_on_the_same_jobs_ends_without_a_deadlock_that_anybody_hears_of()
    {
        await using var nodes = await NodesOnOneStore.OpenAsync(shared, 3);
        var specs = Enumerable.Range(0, 40).Select(_ => nodes.Spec()).ToList();
        await nodes.Store.Jobs.SubmitAsync(specs, Token);
        var fences = (await NodesOnOneStore.ClaimAsync(nodes.All[0], 40)).Select(job => job.Fence).ToList();

        await Task.WhenAll(nodes.All.SelectMany((node, i) => new[]
        {
            Task.Run(async () =>
            {
                for (var number = 1; number <= 10; number++) await node.Store.Jobs.SaveProgressAsync([.. Mixed(fences, (i * 10) + number).Select(fence => new ProgressReport(fence, new JobProgress { Number = number }, true))], Token);
            }),
            Task.Run(async () => await node.Store.Jobs.RequestCancelAsync([.. Mixed(fences, i).Select(fence => new CancelRequest(fence.Job, "k"))], Token)),
            Task.Run(async () => await node.Store.Jobs.NoteCancelAsync([.. Mixed(fences, i + 7).Select(fence => new CancelNote(fence, TimeProvider.System.GetUtcNow(), "told", null, false))], Token)),
        }));
        var ends = await nodes.Store.Jobs.FinishAsync([.. fences.Select(nodes.End)], Token);

        Assert.All(ends, end => Assert.Equal(WriteResult.Applied, end.Result));
    }

    private static IEnumerable<AttemptFence> Mixed(List<AttemptFence> fences, int seed) => fences.OrderBy(fence => HashCode.Combine(fence.Job, seed));

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
        {
            if (Interlocked.CompareExchange(ref target, value, seen) == seen) return;
        }
    }
}
