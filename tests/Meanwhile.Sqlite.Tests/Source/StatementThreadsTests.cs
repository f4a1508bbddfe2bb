using Meanwhile.Sqlite.Source;

namespace Meanwhile.Sqlite.Tests.Source;

public sealed class StatementThreadsTests
{
    [Fact]
    public async Task Statements_leave_the_processor_to_whoever_answers_requests()
    {
        if (!OperatingSystem.IsLinux()) return; // only Linux knows a niceness of one thread
        var threads = new StatementThreads("test", threadsMax: 1, waitingMax: 1);
        var niceness = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);

        Assert.True(threads.TryRun(() => niceness.SetResult(OwnNiceness())));

        Assert.True(await niceness.Task.WaitAsync(TimeSpan.FromSeconds(20)) > OwnNiceness());
    }

    /// <summary>Field 19 of the thread's stat; the name before it may hold spaces, and ends with the last parenthesis.</summary>
    private static int OwnNiceness()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16]);
    }
}
