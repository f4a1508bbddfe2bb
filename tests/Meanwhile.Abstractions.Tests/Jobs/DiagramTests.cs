using System.Text.RegularExpressions;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;

namespace Meanwhile.Abstractions.Tests.Jobs;

/// <summary>The diagram in docs/concepts.md draws what <see cref="Transitions"/> does.</summary>
public sealed partial class DiagramTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly NodeEpoch Node = new("n", 1);
    private static readonly JobSpec Spec = new() { Id = JobId.Max, Project = "p", SubmittedBy = "k", Tool = "t", CreatedAt = Now, RunAt = Now, MaxAttempts = 2, StartDeadlineAt = Now };

    [Fact]
    public void The_diagram_has_exactly_the_moves_that_a_job_can_make()
    {
        var drawn = Moves().Matches(File.ReadAllText(FindPage())).Where(move => !move.Groups[3].Value.StartsWith("reserved", StringComparison.Ordinal)).Select(move => $"{move.Groups[1].Value} --> {move.Groups[2].Value}");

        Assert.Equal(Made().Distinct().Order(), drawn.Order());
    }

    private static IEnumerable<string> Made() =>
        from state in States()
        from change in Changes(state)
        let next = Transitions.Apply(Spec, state, change, Now).Next
        where next.Status != state.Status
        select $"{state.Status.Word} --> {next.Status.Word}";

    /// <summary>A state for each way in which a change can turn out.</summary>
    private static IEnumerable<JobState> States()
    {
        var waiting = JobState.Accepted(Spec);
        var running = Transitions.Apply(Spec, waiting, new JobChange.Claim(Node), Now).Next;
        foreach (var status in JobStatuses.All)
        {
            if (status != JobStatus.Running) yield return waiting with { Status = status };
        }

        foreach (var counted in new[] { 0, 1 })
        {
            foreach (var cancel in new[] { null, new CancelEvidence { Reason = CancelReason.Requested, RequestedAt = Now }, new CancelEvidence { Reason = CancelReason.Timeout, RequestedAt = Now } })
            {
                yield return running with { AttemptsCounted = counted, Cancel = cancel };
            }
        }
    }

    private static IEnumerable<JobChange> Changes(JobState state)
    {
        var fence = new AttemptFence(Spec.Id, state.Attempt, state.Fence);
        AttemptOutcome[] outcomes =
        [
            new AttemptOutcome.Succeeded(new ResultManifest()),
            new AttemptOutcome.Failed(JobError.Of(ErrorKind.Syntax, "wrong")),
            new AttemptOutcome.Stopped(Now, "gone", Now),
            new AttemptOutcome.Retry(JobError.Of(ErrorKind.Transient, "again"), Now),
            new AttemptOutcome.Snooze(Now, "busy"),
            new AttemptOutcome.HandBack(),
        ];
        return
        [
            new JobChange.Claim(Node), .. outcomes.Select(outcome => new JobChange.Finish(fence, Guid.Empty, outcome)), new JobChange.RequestCancel("k"), new JobChange.OverTime(fence),
            new JobChange.NoteCancel(fence, Now, "told", Now, false), new JobChange.BeginEffects(fence), new JobChange.Rescue(Node), new JobChange.MissStart(), new JobChange.Expire(),
        ];
    }

    private static string FindPage()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Meanwhile.slnx"))) folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Meanwhile.slnx is in no parent folder.");
        return Path.Combine(folder, "docs", "concepts.md");
    }

    [GeneratedRegex(@"(?m)^ +(\w+) --> (\w+): (.*)$")]
    private static partial Regex Moves();
}
