using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Hosting;
using Meanwhile.Problems;

namespace Meanwhile.Jobs;

public sealed class IdempotencyTests
{
    private static readonly JobRequest Keyed = TestEngine.Query("rows 1") with { IdempotencyKey = "k" };

    [Fact]
    public async Task Fifty_who_race_with_one_key_and_one_content_get_one_job()
    {
        await using var engine = await TestEngine.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => engine.Jobs.SubmitAsync(Keyed, default).AsTask()));

        Assert.Single(answers.Select(answer => answer.Job.Id).Distinct());
        Assert.Single(answers, answer => answer.Created);
        Assert.Single((await engine.Jobs.ListAsync(new JobQuery(), null, null, default)).Items);
    }

    [Fact]
    public async Task Fifty_who_race_with_one_key_and_two_contents_get_one_job_or_a_refusal_that_names_it()
    {
        await using var engine = await TestEngine.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async n =>
        {
            try
            {
                return (await engine.Jobs.SubmitAsync(n % 2 == 0 ? Keyed : Keyed with { Priority = 3 }, default)).Job.Id.ToString();
            }
            catch (ProblemException refused)
            {
                Assert.Equal(ProblemCodes.IdempotencyConflict, refused.Problem.Code);
                return refused.Problem.JobId;
            }
        }));

        Assert.Single(answers.Distinct());
        Assert.Single((await engine.Jobs.ListAsync(new JobQuery(), null, null, default)).Items);
    }

    [Fact]
    public async Task A_default_that_is_spelt_out_is_the_same_content_and_so_is_another_order_of_fields()
    {
        await using var engine = await TestEngine.StartAsync();
        var first = await engine.Jobs.SubmitAsync(Keyed with { Params = JsonDocument.Parse("""{"sql": "x", "parameters": {"a": [1], "b": null}}""").RootElement }, default);

        var same = await engine.Jobs.SubmitAsync(
            Keyed with
            {
                Params = JsonDocument.Parse("""{"parameters": {"b": null, "a": [1]}, "sql": "x"}""").RootElement,
                Priority = 0, TtlHours = 24, MaxAttempts = 3, DelaySeconds = 0, Idempotent = false, Labels = new Dictionary<string, string>(),
            },
            default);

        Assert.Equal((first.Job.Id, false), (same.Job.Id, same.Created));
    }

    public static TheoryData<JobRequest> Others() =>
    [
        Keyed with { Params = TestEngine.Query("rows 2").Params }, Keyed with { Priority = 1 }, Keyed with { TtlHours = 1 }, Keyed with { DelaySeconds = 5 }, Keyed with { RunAt = DateTimeOffset.UnixEpoch },
        Keyed with { TimeoutSeconds = 5 }, Keyed with { MaxAttempts = 1 }, Keyed with { LimitKey = "l" }, Keyed with { Idempotent = true }, Keyed with { StartDeadlineSeconds = 5 },
        Keyed with { Labels = new Dictionary<string, string> { ["a"] = "b" } },
    ];

    [Theory]
    [MemberData(nameof(Others), DisableDiscoveryEnumeration = true)]
    public async Task Any_other_content_under_the_same_key_is_a_conflict(JobRequest other)
    {
        await using var engine = await TestEngine.StartAsync();
        var first = await engine.Jobs.SubmitAsync(Keyed, default);

        var refused = await TestEngine.RefusedAsync(() => engine.Jobs.SubmitAsync(other, default));

        Assert.Equal((ProblemCodes.IdempotencyConflict, first.Job.Id.ToString()), (refused.Code, refused.JobId));
    }

    [Fact]
    public async Task A_key_belongs_to_its_project_and_principal()
    {
        await using var engine = await TestEngine.StartAsync();

        var jobs = new List<JobId>();
        foreach (var caller in new[] { TestEngine.Submitter(), TestEngine.Submitter(principal: "b"), TestEngine.Submitter("other") })
            jobs.Add((await engine.Host.As(caller).SubmitAsync(Keyed, default)).Job.Id);

        Assert.Equal(3, jobs.Distinct().Count());
    }

    [Fact]
    public async Task Each_job_of_a_batch_is_accepted_or_refused_by_itself()
    {
        await using var engine = await TestEngine.StartAsync();

        var items = await engine.Jobs.SubmitAsync([Keyed, Keyed, Keyed with { Priority = 9 }, Keyed with { Tool = "none" }, TestEngine.Query("rows 2")], default);

        Assert.Equal(items[0].Accepted!.Job.Id, items[1].Accepted!.Job.Id);
        Assert.Single(items.Take(2), item => item.Accepted!.Created);
        Assert.Equal([ProblemCodes.IdempotencyConflict, ProblemCodes.InvalidRequest], items.Skip(2).Take(2).Select(item => item.Refused!.Code));
        Assert.True(items[4].Accepted!.Created);
    }
}
