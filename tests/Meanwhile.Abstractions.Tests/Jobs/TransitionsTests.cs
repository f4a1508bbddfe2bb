using FsCheck;
using FsCheck.Fluent;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Results;

namespace Meanwhile.Abstractions.Tests.Jobs;

public sealed class TransitionsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly NodeEpoch Node = new("n", 1);
    private static readonly JobSpec Spec = new()
    {
        Id = JobId.Max,
        Project = "p",
        SubmittedBy = "k",
        Tool = "t",
        CreatedAt = Start,
        RunAt = Start,
        MaxAttempts = 2,
        StartDeadlineAt = Start.AddSeconds(5),
        Ttl = TimeSpan.FromSeconds(10),
    };

    /// <summary>A life: each number chooses what happens next.</summary>
    private static readonly Arbitrary<int[]> Lives = Gen.Choose(0, 999).ArrayOf(40).ToArbitrary();

    private sealed record Step(JobState Before, Transition Transition, DateTimeOffset At);

    [Fact]
    public void Nothing_moves_a_job_out_of_a_final_status() =>
        Holds(step => !step.Before.Status.IsFinal || step.Transition.Next.Status == step.Before.Status);

    [Fact]
    public void Version_and_event_count_grow_by_what_happened() =>
        Holds(step =>
        {
            var changed = !ReferenceEquals(step.Before, step.Transition.Next);
            return step.Transition.Next.Version == step.Before.Version + (changed ? 1 : 0)
                && step.Transition.Next.EventCount == step.Before.EventCount + (step.Transition.Event is null ? 0 : 1)
                && (step.Transition.Event is not { } told || told.JobNumber == step.Transition.Next.EventCount);
        });

    [Fact]
    public void Only_what_is_applied_changes_anything() =>
        Holds(step => step.Transition.Result == WriteResult.Applied || ReferenceEquals(step.Before, step.Transition.Next));

    [Fact]
    public void A_job_has_an_owner_exactly_while_it_runs_and_an_ending_exactly_when_it_has_ended() =>
        Holds(step => step.Transition.Next is var next
            && (next.Owner is not null) == (next.Status == JobStatus.Running)
            && (next.FinishedAt is not null) == next.Status.IsFinal
            && (next.ExpiresAt is not null) == next.Status.IsFinal
            && (next.Result is not null) == (next.Status == JobStatus.Succeeded));

    [Fact]
    public void Fence_and_attempt_never_fall_and_counted_attempts_stay_within_the_limit() =>
        Holds(step => step.Transition.Next is var next
            && next.Fence >= step.Before.Fence
            && next.Attempt >= step.Before.Attempt
            && next.AttemptsCounted <= Spec.MaxAttempts);

    [Fact]
    public void There_is_at_most_one_ending_event_and_it_is_the_last() =>
        Prop.ForAll(Lives, life =>
        {
            var events = Live(life).Select(step => step.Transition.Event).OfType<JobEventData>().ToList();
            var ending = events.FindIndex(item => item.Kind.IsEnding);
            return ending < 0 || ending == events.Count - 1;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_stale_fence_changes_nothing() =>
        Prop.ForAll(Lives, life =>
        {
            var state = Live(life)[^1].Transition.Next;
            var stale = new AttemptFence(Spec.Id, state.Attempt, state.Fence - 1);
            var transition = Transitions.Apply(Spec, state, new JobChange.Finish(stale, Guid.Empty, new AttemptOutcome.HandBack()), Start.AddDays(1));
            return transition.Result == WriteResult.Fenced && ReferenceEquals(transition.Next, state);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_same_finish_again_is_applied_and_changes_nothing()
    {
        var running = Transitions.Apply(Spec, JobState.Accepted(Spec), new JobChange.Claim(Node), Start).Next;
        var finish = new JobChange.Finish(new AttemptFence(Spec.Id, 1, 1), Guid.Empty, new AttemptOutcome.Succeeded(new ResultManifest()));
        var ended = Transitions.Apply(Spec, running, finish, Start).Next;

        var again = Transitions.Apply(Spec, ended, finish, Start.AddSeconds(1));

        Assert.Equal(new Transition(WriteResult.Applied, ended, null), again);
    }

    private static void Holds(Func<Step, bool> rule) => Prop.ForAll(Lives, life => Live(life).TrueForAll(step => rule(step))).QuickCheckThrowOnFailure();

    private static List<Step> Live(int[] life)
    {
        List<Step> steps = [];
        var (state, now) = (JobState.Accepted(Spec), Start);
        foreach (var choice in life)
        {
            now = now.AddSeconds(choice % 3);
            var transition = Transitions.Apply(Spec, state, Choose(choice, state, now), now);
            steps.Add(new Step(state, transition, now));
            state = transition.Next;
        }

        return steps;
    }

    private static JobChange Choose(int choice, JobState state, DateTimeOffset now)
    {
        var fence = new AttemptFence(Spec.Id, state.Attempt, choice % 7 == 0 ? state.Fence - 1 : state.Fence);
        return (choice % 16) switch
        {
            0 or 1 or 2 => new JobChange.Claim(Node),
            3 => Finish(new AttemptOutcome.Succeeded(new ResultManifest())),
            4 => Finish(new AttemptOutcome.Failed(JobError.Of(ErrorKind.Syntax, "wrong"))),
            5 => Finish(new AttemptOutcome.Stopped(now, "gone", now)),
            6 or 7 => Finish(new AttemptOutcome.Retry(JobError.Of(ErrorKind.Transient, "again"), now.AddSeconds(1))),
            8 => Finish(new AttemptOutcome.Snooze(now, "busy")),
            9 => Finish(new AttemptOutcome.HandBack()),
            10 => new JobChange.RequestCancel("k"),
            11 => new JobChange.OverTime(fence),
            12 => new JobChange.NoteCancel(fence, now, "told", null, choice % 2 == 0),
            13 => new JobChange.BeginEffects(fence),
            14 => choice % 2 == 0 ? new JobChange.Rescue(Node) : new JobChange.MissStart(),
            _ => new JobChange.Expire(),
        };

        JobChange.Finish Finish(AttemptOutcome outcome) => new(fence, new Guid(choice, 0, 0, new byte[8]), outcome);
    }
}
