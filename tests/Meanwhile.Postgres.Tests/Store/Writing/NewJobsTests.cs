using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Writing;
using Meanwhile.Testing.Stores;
using Meanwhile.Testing.Time;

namespace Meanwhile.Postgres.Tests.Store.Writing;

public sealed class NewJobsTests
{
    private const int PerHalf = 16; // with params of 1 Mi characters
    private static readonly string Big = new('x', 1024 * 1024);
    private readonly ManualTimeProvider _time = new();
    private readonly JobIdMaker _ids;
    private readonly NewJobs _jobs;

    public NewJobsTests() => (_ids, _jobs) = (new JobIdMaker(_time, Draws.Seeded(1)), new NewJobs(_time));

    [Fact]
    public void The_first_that_come_are_remembered_as_far_as_there_is_room()
    {
        var ids = Add(3 * PerHalf);

        var known = ids.Count(_jobs.Knows);
        Assert.InRange(known, 2 * (PerHalf - 1), 2 * PerHalf);
        Assert.All(ids.Take(known), id => Assert.True(_jobs.Knows(id)));
    }

    [Fact]
    public void What_is_taken_is_given_once_and_makes_room_for_newer_ones()
    {
        var ids = Add(3 * PerHalf);
        foreach (var id in ids.Where(_jobs.Knows).Take(PerHalf)) Assert.Equal(id, _jobs.Take(id)!.Id);

        Assert.Null(_jobs.Take(ids[0]));
        Assert.All(Add(PerHalf / 2), id => Assert.True(_jobs.Knows(id)));
    }

    [Fact]
    public void The_older_half_goes_when_nobody_takes_of_it_because_other_nodes_claim_them()
    {
        var first = Add(3 * PerHalf);
        _time.Advance(TimeSpan.FromSeconds(31));

        var later = Add(1)[0];

        Assert.True(_jobs.Knows(later));
        Assert.False(_jobs.Knows(first[0]));
        Assert.True(_jobs.Knows(first.Last(id => _jobs.Knows(id))));
    }

    [Fact]
    public void A_job_that_is_due_later_is_not_remembered()
    {
        var spec = Spec("{}");
        _jobs.Remember(spec with { RunAt = spec.CreatedAt + TimeSpan.FromSeconds(1) }, 1);
        Assert.False(_jobs.Knows(spec.Id));
    }

    private List<JobId> Add(int count)
    {
        List<JobId> ids = [];
        for (var i = 0; i < count; i++)
        {
            var spec = Spec(Big);
            _jobs.Remember(spec, i);
            ids.Add(spec.Id);
        }

        return ids;
    }

    private JobSpec Spec(string parameters) =>
        new() { Id = _ids.Next(), Project = "p", SubmittedBy = "k", Tool = "t", Params = parameters, CreatedAt = _time.GetUtcNow(), RunAt = _time.GetUtcNow() };
}
