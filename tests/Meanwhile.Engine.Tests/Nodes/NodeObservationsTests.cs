namespace Meanwhile.Nodes;

public sealed class NodeObservationsTests
{
    private static readonly NodeEpoch A = new("a", 1);
    private readonly NodeObservations _observations = new(_ => TimeSpan.FromSeconds(8));

    private IReadOnlyList<NodeEpoch> At(double seconds, params (NodeEpoch Node, long Counter)[] beats) =>
        _observations.Observe(beats.Select(beat => new NodeBeat(beat.Node, beat.Counter)), TimeSpan.FromSeconds(seconds));

    [Fact]
    public void A_counter_that_stays_for_8_seconds_is_a_dead_node_and_not_sooner()
    {
        for (var second = 1; second <= 8; second++) Assert.Empty(At(second, (A, 5)));

        Assert.Equal([A], At(9, (A, 5)));
    }

    [Fact]
    public void A_counter_that_changes_begins_the_time_anew()
    {
        for (var second = 1; second <= 8; second++) At(second, (A, 5));

        Assert.Empty(At(9, (A, 6)));
        for (var second = 10; second <= 16; second++) Assert.Empty(At(second, (A, 6)));
        Assert.Equal([A], At(17, (A, 6)));
    }

    [Fact]
    public void A_gap_between_our_own_readings_begins_the_time_anew()
    {
        for (var second = 1; second <= 7; second++) At(second, (A, 5));

        Assert.Empty(At(10.5, (A, 5)));
        Assert.Empty(At(13, (A, 5)));
    }

    [Fact]
    public void Fewer_than_four_readings_prove_nothing()
    {
        Assert.Empty(At(2.9, (A, 5)));
        Assert.Empty(At(5.8, (A, 5)));
        Assert.Empty(At(8.7, (A, 5)));
        Assert.Equal([A], At(11.6, (A, 5)));
    }

    [Fact]
    public void While_the_store_is_silent_nobody_is_silent()
    {
        for (var second = 1; second <= 8; second++) At(second, (A, 5));

        _observations.StoreWasSilent();

        Assert.Empty(At(9, (A, 5)));
    }

    [Fact]
    public void A_dead_node_is_told_of_until_it_is_gone()
    {
        for (var second = 1; second <= 8; second++) At(second, (A, 5));

        Assert.Equal([A], At(9, (A, 5)));
        Assert.Equal([A], At(10, (A, 5)));
        Assert.Empty(At(11));
        Assert.Empty(At(12, (A, 5)));
    }
}
