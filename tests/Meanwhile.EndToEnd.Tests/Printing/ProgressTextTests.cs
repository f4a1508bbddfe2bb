using Meanwhile.Cli.Jobs;
using Meanwhile.Jobs;

namespace Meanwhile.EndToEnd.Tests.Printing;

public sealed class ProgressTextTests
{
    private static readonly DateTimeOffset Server = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Here = Server.AddHours(1); // a clock that is wrong, or a server's that is

    [Fact]
    public void A_running_job_and_its_ending_tell_the_same_time_whatever_the_clock_here_says()
    {
        var spec = new JobSpec { Id = new JobId(Guid.Empty), Project = "p", SubmittedBy = "k", Tool = "query", CreatedAt = Server.AddMinutes(-5), RunAt = Server.AddMinutes(-5) };
        var state = JobState.Accepted(spec) with { Status = JobStatus.Running, StartedAt = Server, Attempt = 2 };
        var running = Of(spec, state, Server.AddSeconds(4));
        var ended = Of(spec, state with { Status = JobStatus.Succeeded, FinishedAt = Server.AddSeconds(4.2) }, Server.AddSeconds(9));

        Assert.Equal("j0000000a running  4.0 s", ProgressText.Line(running, Here));
        Assert.Equal("j0000000a succeeded  4.2 s", ProgressText.Line(ended, Here));
    }

    [Fact]
    public void Waiting_is_not_counted()
    {
        var spec = new JobSpec { Id = new JobId(Guid.Empty), Project = "p", SubmittedBy = "k", Tool = "query", CreatedAt = Server, RunAt = Server };
        var again = JobState.Accepted(spec) with { StartedAt = Server, Attempt = 1 };

        Assert.Equal("j0000000a pending", ProgressText.Line(Of(spec, again, Server.AddSeconds(9)), Here));
    }

    private static Job Of(JobSpec spec, JobState state, DateTimeOffset answeredAt) =>
        new() { Record = new JobRecord(1, spec, state, null), ShortId = "j0000000a", Duration = state.DurationAt(answeredAt) };
}
