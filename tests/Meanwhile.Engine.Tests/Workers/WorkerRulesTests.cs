using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Settings;

namespace Meanwhile.Workers;

public sealed class WorkerRulesTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly EngineOptions Options = new();

    [Fact]
    public void An_attempt_within_its_timeout_goes_on() => Assert.Equal(WorkerStep.GoOn, Next(Job(timeout: 60), first: 0, named: 59, now: 59));

    [Fact]
    public void An_attempt_without_a_timeout_goes_on() => Assert.Equal(WorkerStep.GoOn, Next(Job(), first: 0, named: 100_000, now: 100_000));

    [Fact]
    public void An_attempt_over_its_timeout_is_to_stop() => Assert.Equal(WorkerStep.OverTime, Next(Job(timeout: 60), first: 0, named: 60, now: 60));

    [Theory]
    [InlineData(14, nameof(WorkerStep.GoOn))]
    [InlineData(15, nameof(WorkerStep.TakeBack))]
    public void An_attempt_that_its_worker_does_not_name_is_taken_back(double unnamedFor, string step) => Assert.Equal(step, Next(Job(), first: 0, named: 100, now: 100 + unnamedFor).ToString());

    [Theory]
    [InlineData(0, false, nameof(WorkerStep.Tell))]
    [InlineData(9, false, nameof(WorkerStep.Tell))]
    [InlineData(10, false, nameof(WorkerStep.Unconfirmed))]
    [InlineData(10, true, nameof(WorkerStep.Tell))]
    [InlineData(3_609, true, nameof(WorkerStep.Tell))]
    [InlineData(3_610, true, nameof(WorkerStep.GiveUp))]
    public void A_cancel_is_told_then_unconfirmed_then_given_up(double toldFor, bool unconfirmed, string step)
    {
        var cancel = new CancelEvidence { Reason = CancelReason.Requested, RequestedAt = At, Unconfirmed = unconfirmed };

        Assert.Equal(step, Next(Job(cancel: cancel), first: 0, named: 100 + toldFor, now: 100 + toldFor, told: 100).ToString());
    }

    [Fact]
    public void What_is_seen_of_an_attempt_lasts_while_it_is_held_and_its_naming_is_noticed()
    {
        var time = new Meanwhile.Testing.Time.ManualTimeProvider();
        var sightings = new WorkerSightings(time);
        var (worker, fence) = (new NodeEpoch("w@p", 1), new AttemptFence(new JobId(Guid.NewGuid()), 1, 1));
        HashSet<AttemptFence> none = [], it = [fence];
        sightings.Given(worker, [fence]);

        time.Advance(TimeSpan.FromSeconds(5));
        var unnamed = sightings.Observe(worker, [fence], none, none)[fence];
        time.Advance(TimeSpan.FromSeconds(5));
        var named = sightings.Observe(worker, [fence], it, it)[fence];
        time.Advance(TimeSpan.FromSeconds(5));
        var told = sightings.Observe(worker, [fence], it, it)[fence];

        Assert.Equal((0, 0, null), (unnamed.FirstAt.TotalSeconds, unnamed.NamedAt.TotalSeconds, unnamed.ToldAt));
        Assert.Equal((0, 10, 10), (named.FirstAt.TotalSeconds, named.NamedAt.TotalSeconds, named.ToldAt!.Value.TotalSeconds));
        Assert.Equal((0, 15, 10), (told.FirstAt.TotalSeconds, told.NamedAt.TotalSeconds, told.ToldAt!.Value.TotalSeconds));
        sightings.ForgetAllBut([]);
        Assert.Equal(15, sightings.Observe(worker, [fence], none, none)[fence].FirstAt.TotalSeconds);
    }

    private static WorkerStep Next(JobRecord job, double first, double named, double now, double? told = null) => WorkerRules.Next(
        job, new Sighting(TimeSpan.FromSeconds(first), TimeSpan.FromSeconds(named), told is { } at ? TimeSpan.FromSeconds(at) : null), TimeSpan.FromSeconds(now), Options);

    private static JobRecord Job(double? timeout = null, CancelEvidence? cancel = null)
    {
        var spec = new JobSpec
        {
            Id = new JobId(Guid.NewGuid()), Project = "p", SubmittedBy = "k", Tool = "t", CreatedAt = At, RunAt = At, Timeout = timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        return new JobRecord(1, spec, JobState.Accepted(spec) with { Status = JobStatus.Running, Attempt = 1, Fence = 1, Owner = new NodeEpoch("w@p", 1), Cancel = cancel }, null);
    }
}
