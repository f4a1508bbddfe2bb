using Meanwhile.Jobs;

namespace Meanwhile.Access;

public sealed class WaitingTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly JobSpec Spec = new() { Id = JobId.Max, Project = "p", SubmittedBy = "k", Tool = "t", CreatedAt = Now, RunAt = Now };

    [Theory]
    [InlineData("s", 0, null, "Next in line at source 's'.")]
    [InlineData("s", 1, null, "1 job is ahead at source 's'.")]
    [InlineData(null, 2, null, "2 jobs are ahead at tool 't'.")]
    [InlineData("s", 1_000, null, "1000 or more jobs are ahead at source 's'.")]
    [InlineData("s", 0, "Paused: the limit source:p/s is 0.", "Paused: the limit source:p/s is 0. Next in line at source 's'.")]
    public void A_waiting_job_says_what_it_waits_for(string? source, int position, string? heldBackBy, string reason)
    {
        var spec = Spec with { Source = source };

        Assert.Equal(reason, JobViews.WaitingReason(new JobRecord(1, spec, JobState.Accepted(spec), null), position, heldBackBy, Now));
    }

    [Fact]
    public void A_job_of_later_says_when_it_is_due_and_what_it_failed_of()
    {
        var scheduled = JobState.Accepted(Spec) with { RunAt = Now.AddMinutes(1) };
        var failed = scheduled with { Attempt = 1, Error = JobError.Of(ErrorKind.Transient, "busy", "source_busy") };

        Assert.Equal("Due at 2026-01-01T00:01:00.0000000Z.", JobViews.WaitingReason(new JobRecord(1, Spec, scheduled, null), null, null, Now));
        Assert.Equal("Attempt 1 failed (source_busy); the next is due at 2026-01-01T00:01:00.0000000Z.", JobViews.WaitingReason(new JobRecord(1, Spec, failed, null), null, null, Now));
    }

    [Fact]
    public void A_job_that_does_not_wait_says_nothing()
    {
        foreach (var status in JobStatuses.All.Where(status => status != JobStatus.Pending))
        {
            Assert.Null(JobViews.WaitingReason(new JobRecord(1, Spec, JobState.Accepted(Spec) with { Status = status }, null), 0, null, Now));
        }
    }
}
