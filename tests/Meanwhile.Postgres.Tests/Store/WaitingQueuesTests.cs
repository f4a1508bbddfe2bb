using Meanwhile.Postgres.Store.Queues;

namespace Meanwhile.Postgres.Tests.Store;

public sealed class WaitingQueuesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    private static readonly QueueKey Key = new(1, 5);
    private readonly WaitingQueues _queues = new();

    [Fact]
    public void A_queue_is_read_from_its_head_at_first_and_then_from_where_its_first_job_was_found()
    {
        _queues.Add(1, 5, Noon);
        var look = Look();
        Assert.Equal(DateTimeOffset.MinValue, look.From);

        _queues.SetMark(look, Noon.AddMinutes(-1));
        Assert.Equal(Noon.AddMinutes(-1), Look().From);
    }

    [Fact]
    public void A_job_that_is_due_before_the_mark_lowers_it()
    {
        Mark(Noon);
        _queues.Add(1, 5, Noon.AddMinutes(-5));

        Assert.Equal(Noon.AddMinutes(-5), Look().From);
    }

    [Fact]
    public void What_is_added_while_a_look_is_under_way_keeps_the_mark_from_rising_and_the_queue_from_being_forgotten()
    {
        Mark(Noon);
        var look = Look();
        _queues.Add(1, 5, Noon.AddMinutes(1));

        _queues.SetMark(look, Noon.AddMinutes(2));
        Assert.Equal(Noon, Look().From);
        _queues.Remove(look, Noon.AddMinutes(3));
        Assert.Equal(Noon, Look().From);
        _queues.SetMark(look, Noon.AddMinutes(-1));
        Assert.Equal(Noon.AddMinutes(-1), Look().From);
    }

    [Fact]
    public void An_empty_queue_keeps_its_mark_for_when_jobs_wait_again()
    {
        Mark(Noon);
        _queues.Remove(Look(), Noon.AddMinutes(1));
        Assert.Empty(_queues.Look(10).Looks);

        _queues.Add(1, 5, Noon.AddMinutes(2));
        Assert.Equal(Noon.AddMinutes(1), Look().From);
    }

    [Fact]
    public void Empty_queues_can_be_looked_into_again_from_their_marks()
    {
        Mark(Noon);
        _queues.Remove(Look(), Noon.AddMinutes(1));

        Assert.True(_queues.AddEmpty());
        Assert.Equal(Noon.AddMinutes(1), Look().From);
    }

    [Fact]
    public void A_scan_keeps_the_marks_of_queues_that_are_known_and_has_others_read_from_their_head()
    {
        Mark(Noon);
        Assert.True(_queues.AddScanned([Key, new QueueKey(2, 0)]));

        Assert.Equal([Noon, DateTimeOffset.MinValue], _queues.Look(10).Looks.Select(look => look.From));
        Assert.False(_queues.AddScanned([]));
    }

    [Fact]
    public void The_queues_of_some_lanes_are_found()
    {
        foreach (var lane in Enumerable.Range(1, 5)) _queues.Add(lane, lane, Noon);
        _queues.Add(3, 7, Noon);

        Assert.Equal([new QueueKey(3, 3), new QueueKey(3, 7), new QueueKey(5, 5)], _queues.LookAt([3, 5, 9]).Select(look => look.Key));
        Assert.Empty(new WaitingQueues().LookAt([1]));
    }

    [Fact]
    public void What_was_added_since_the_last_look_is_told_with_its_earliest_time()
    {
        _queues.Add(1, 5, Noon);
        Look();
        Assert.Empty(_queues.AddedSinceLook());

        _queues.Add(1, 5, Noon.AddMinutes(2));
        _queues.Add(1, 5, Noon.AddMinutes(1));
        Assert.Equal(KeyValuePair.Create(Key, Noon.AddMinutes(1)), Assert.Single(_queues.AddedSinceLook()));
    }

    private void Mark(DateTimeOffset at)
    {
        _queues.Add(1, 5, at);
        _queues.SetMark(Look(), at);
    }

    private QueueLook Look() => Assert.Single(_queues.Look(10).Looks);
}
