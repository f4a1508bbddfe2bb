using Meanwhile.Jobs;
using Meanwhile.Server.Jobs;

namespace Meanwhile.Server.Tests.Jobs;

public sealed class PollPaceTests
{
    private static readonly DateTimeOffset Created = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 250)]
    [InlineData(5, 1_000)]
    [InlineData(60, 2_000)]
    [InlineData(600, 5_000)]
    public void The_longer_a_job_takes_the_slower_it_is_asked_about(int seconds, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), PollPace.Of(State(JobStatus.Running, Created), Created, Created.AddSeconds(seconds)));

    [Theory]
    [InlineData(10, 10)]
    [InlineData(3_600, 30)]
    public void A_job_of_later_is_not_asked_about_before_but_never_forgotten(int dueInSeconds, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), PollPace.Of(State(JobStatus.Pending, Created.AddSeconds(dueInSeconds)), Created, Created));

    [Fact]
    public void An_ended_job_is_not_asked_about() => Assert.Null(PollPace.Of(State(JobStatus.Failed, Created), Created, Created));

    private static JobState State(JobStatus status, DateTimeOffset runAt) => new() { Status = status, RunAt = runAt, UpdatedAt = Created };
}
