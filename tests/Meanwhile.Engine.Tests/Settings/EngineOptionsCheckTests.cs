using Meanwhile.Hosting;
using Meanwhile.Problems;

namespace Meanwhile.Settings;

public sealed class EngineOptionsCheckTests
{
    [Fact]
    public void The_defaults_are_in_their_ranges() => Assert.Empty(EngineOptionsCheck.Errors(new EngineOptions()));

    public static TheoryData<string, EngineOptions> OutOfRange() => new()
    {
        { "Node is 'A b'", new EngineOptions { Node = "A b" } },
        { "Node is 'a\n'", new EngineOptions { Node = "a\n" } },
        { "FirstProject is ''", new EngineOptions { FirstProject = "" } },
        { "Concurrency is 0; 1 to 1000", new EngineOptions { Concurrency = 0 } },
        { "Concurrency is 1001; 1 to 1000", new EngineOptions { Concurrency = 1001 } },
        { "SourceConcurrency is 0", new EngineOptions { SourceConcurrency = 0 } },
        { "SubmitBatchMax is 1001", new EngineOptions { SubmitBatchMax = 1001 } },
        { "ClaimBatchMax is 0", new EngineOptions { ClaimBatchMax = 0 } },
        { "SubmissionsWaitingMax is 0", new EngineOptions { SubmissionsWaitingMax = 0 } },
        { "StatementBytesMax is 0", new EngineOptions { StatementBytesMax = 0 } },
        { "ParamsLengthMax is 1", new EngineOptions { ParamsLengthMax = 1 } },
        { "SourcesMax is -1", new EngineOptions { SourcesMax = -1 } },
        { "MinFreeBytes is -1", new EngineOptions { MinFreeBytes = -1 } },
        { "BeatEvery is 00:00:03", new EngineOptions { BeatEvery = TimeSpan.FromSeconds(3) } },
        { "WatchEvery is 00:00:03", new EngineOptions { WatchEvery = TimeSpan.FromSeconds(3) } },
        { "SilenceUntilDead is 00:00:07", new EngineOptions { SilenceUntilDead = TimeSpan.FromSeconds(7) } },
        { "CancelAnswerWithin is -00:00:01", new EngineOptions { CancelAnswerWithin = TimeSpan.FromSeconds(-1) } },
        { "UnansweredPollEvery is 00:00:00", new EngineOptions { UnansweredPollEvery = TimeSpan.Zero } },
        { "Roles is None", new EngineOptions { Roles = Nodes.NodeRoles.None } },
        { "ClaimEvery is 00:00:00", new EngineOptions { ClaimEvery = TimeSpan.Zero } },
        { "CancelPollEvery is -00:00:01", new EngineOptions { CancelPollEvery = TimeSpan.FromSeconds(-1) } },
        { "ProgressEvery is 00:00:00", new EngineOptions { ProgressEvery = TimeSpan.Zero } },
        { "DeadlineEvery is 00:00:00", new EngineOptions { DeadlineEvery = TimeSpan.Zero } },
        { "IntakeEvery is 00:00:00", new EngineOptions { IntakeEvery = TimeSpan.Zero } },
        { "CollectEvery is 100.00:00:00", new EngineOptions { CollectEvery = TimeSpan.FromDays(100) } },
        { "ShutdownGrace is -00:00:01", new EngineOptions { ShutdownGrace = TimeSpan.FromSeconds(-1) } },
        { "ShutdownStop is -00:00:01", new EngineOptions { ShutdownStop = TimeSpan.FromSeconds(-1) } },
        { "CancelConfirmWithin is 100.00:00:00", new EngineOptions { CancelConfirmWithin = TimeSpan.FromDays(100) } },
        { "GiveUpAfter is -00:00:01", new EngineOptions { GiveUpAfter = TimeSpan.FromSeconds(-1) } },
        { "HistoryAge is -1.00:00:00", new EngineOptions { HistoryAge = TimeSpan.FromDays(-1) } },
        { "EventAge is -1.00:00:00", new EngineOptions { EventAge = TimeSpan.FromDays(-1) } },
    };

    [Theory]
    [MemberData(nameof(OutOfRange), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_its_range_is_named_with_the_value_found_and_what_is_accepted(string expected, EngineOptions options)
    {
        var error = Assert.Single(EngineOptionsCheck.Errors(options));

        Assert.StartsWith(expected, $"{error.Field} {error.Message}");
        Assert.Contains("accepted", error.Message);
    }

    [Fact]
    public async Task An_engine_with_options_out_of_range_does_not_start_and_names_them_all()
    {
        await using var engine = TestEngine.Make(builder => builder.Configure(options => (options.Concurrency, options.ClaimBatchMax) = (0, -1)));

        var refused = await TestEngine.RefusedAsync(() => engine.Host.StartAsync(default));

        Assert.Equal(ProblemCodes.InvalidRequest, refused.Code);
        Assert.Equal(["Concurrency", "ClaimBatchMax"], refused.Errors.Select(error => error.Field));
        Assert.False(engine.Host.Readiness.IsReady);
    }
}
