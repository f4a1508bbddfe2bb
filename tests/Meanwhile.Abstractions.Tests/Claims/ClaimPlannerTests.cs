using FsCheck;
using FsCheck.Fluent;
using Meanwhile.Claims;
using Meanwhile.Nodes;

namespace Meanwhile.Abstractions.Tests.Claims;

public sealed class ClaimPlannerTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ClaimRequest Request = new() { Node = new NodeEpoch("n", 1), Max = 100, SourceLimitDefault = int.MaxValue };

    /// <summary>Waiting jobs: each number gives project, source, priority and age.</summary>
    private static readonly Arbitrary<int[]> Queues = Gen.Choose(0, 10_000).ArrayOf(30).ToArbitrary();

    [Fact]
    public void Every_job_is_picked_once_when_nothing_is_limited() =>
        Prop.ForAll(Queues, jobs =>
        {
            var picked = Pick(Request, jobs);
            return picked.Count == jobs.Length && picked.Select(job => job.RowId).Distinct().Count() == jobs.Length;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Within_a_project_the_claim_order_holds_across_its_lanes() =>
        Prop.ForAll(Queues, jobs => Pick(Request, jobs).GroupBy(job => ProjectOf(job, jobs)).All(project => project.SequenceEqual(project.Order()))).QuickCheckThrowOnFailure();

    [Fact]
    public void The_order_of_the_lanes_does_not_matter() =>
        Prop.ForAll(Queues, jobs => Pick(Request, jobs).SequenceEqual(Pick(Request, jobs, reversed: true))).QuickCheckThrowOnFailure();

    [Fact]
    public void While_two_projects_wait_neither_gets_two_ahead() =>
        Prop.ForAll(Queues, jobs =>
        {
            var left = jobs.CountBy(job => Project(job)).ToDictionary();
            var held = left.Keys.ToDictionary(project => project, _ => 0);
            foreach (var pick in Pick(Request, jobs))
            {
                var project = ProjectOf(pick, jobs);
                if (left.Any(other => other.Value > 0 && held[other.Key] < held[project])) return false;
                held[project]++;
                left[project]--;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_limit_is_ever_passed() =>
        Prop.ForAll(Queues, jobs =>
        {
            var request = Request with { Limits = new Dictionary<string, int> { ["project:p0"] = 3, ["tool:t"] = 8 }, SourceLimitDefault = 2 };
            var picked = Pick(request, jobs);
            return picked.Count <= 8
                && picked.Count(job => ProjectOf(job, jobs) == "p0") <= 3
                && picked.CountBy(job => LaneOf(jobs[job.RowId]) with { Tool = "" }).All(source => source.Value <= 2);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_project_that_holds_none_of_a_shared_source_gets_its_last_slot()
    {
        var request = Request with { SharedSources = new HashSet<string> { "s" }, SourceLimitDefault = 2 };
        Lane crowd = new("p", "s", "t", ""), single = new("q", "s", "t", "");
        var planner = new ClaimPlanner(request with { Weights = new Dictionary<string, double> { ["p"] = 100 } }, new Dictionary<Lane, int> { [crowd] = 1, [new Lane("q", "", "t", "")] = 5 });

        var picked = planner.Pick([Queue(crowd, [new(1, 10, Start, 1)]), Queue(single, [new(2, 0, Start, 1)])]);

        Assert.Equal([2L], picked.Select(job => job.RowId));
    }

    [Fact]
    public void Picks_are_those_of_looking_at_every_queue_for_each_pick() =>
        Prop.ForAll(Queues, jobs =>
        {
            var request = Request with
            {
                Limits = new Dictionary<string, int> { ["project:p0"] = 5 },
                SourceLimitDefault = 3,
                SharedSources = new HashSet<string> { "s0", "s1" },
                Weights = new Dictionary<string, double> { ["p1"] = 2 },
                LastServed = new Dictionary<string, long> { ["p2"] = 7 },
            };
            return Pick(request, jobs).SequenceEqual(PlainPicks.Of(request, Lanes(jobs)));
        }).QuickCheckThrowOnFailure();

    private static List<ClaimCandidate> Pick(ClaimRequest request, int[] jobs, bool reversed = false)
    {
        var lanes = Lanes(jobs).Select(lane => Queue(lane.Key, lane.Order()));
        if (reversed) lanes = lanes.Reverse();
        return [.. new ClaimPlanner(request, new Dictionary<Lane, int>()).Pick(lanes)];
    }

    private static IEnumerable<IGrouping<Lane, ClaimCandidate>> Lanes(int[] jobs) =>
        jobs.Select((job, row) => (Lane: LaneOf(job), Candidate: Candidate(job, row))).GroupBy(item => item.Lane, item => item.Candidate);

    private static KeyValuePair<Lane, IEnumerator<ClaimCandidate>> Queue(Lane lane, IEnumerable<ClaimCandidate> due) => KeyValuePair.Create(lane, due.GetEnumerator());

    private static string Project(int job) => $"p{job % 3}";

    private static string ProjectOf(ClaimCandidate job, int[] jobs) => Project(jobs[job.RowId]);

    private static Lane LaneOf(int job) => new(Project(job), $"s{job / 3 % 4}", "t", "");

    private static ClaimCandidate Candidate(int job, int row) => new(row, job / 12 % 3, Start.AddSeconds(job % 5), row);
}
