using Meanwhile.Blobs;
using Meanwhile.Claims;
using Meanwhile.Events;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Testing.Stores;
using Microsoft.Extensions.Logging.Abstractions;

namespace Meanwhile.Execution;

public sealed class ProgressBoardTests
{
    private readonly ModelStore _store = new(TimeProvider.System, Random.Shared.NextBytes);
    private readonly List<string> _calls = [];
    private readonly ProgressBoard _board;

    public ProgressBoardTests()
    {
        var watched = new FaultyStore(ModelStoreOpener.Ports(_store)) { OnCall = _calls.Add };
        _board = new ProgressBoard(watched, new JobChanges(), TimeProvider.System, NullLogger<ProgressBoard>.Instance);
    }

    [Fact]
    public async Task What_work_said_last_is_not_stored_once_it_is_over_and_its_ending_waits()
    {
        var now = TimeProvider.System.GetUtcNow();
        var spec = new JobSpec { Id = new JobIdMaker(TimeProvider.System, Random.Shared.NextBytes).Next(), Project = "p", SubmittedBy = "k", Tool = "t", CreatedAt = now, RunAt = now };
        var attempt = new AttemptFactory(new ModelBlobStore()).Make(new ClaimedJob(new JobRecord(1, spec, JobState.Accepted(spec), null), null));
        _board.Add(attempt);
        attempt.Journal.Progress(0.5, "half");
        attempt.IsOver = true;

        await _board.SaveAsync(default);
        Assert.Empty(_calls);

        attempt.IsOver = false;
        await _board.SaveAsync(default);
        Assert.Equal(["SaveProgressAsync"], _calls);
    }
}
