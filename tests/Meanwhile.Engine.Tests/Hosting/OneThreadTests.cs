using System.Collections.Concurrent;
using Meanwhile.Jobs;
using Meanwhile.Offloading;
using Meanwhile.Testing.Time;

namespace Meanwhile.Hosting;

public sealed class OneThreadTests
{
    [Fact]
    public void An_engine_that_one_thread_drives_calls_its_ports_sources_and_tools_on_that_thread_alone()
    {
        var thread = Environment.CurrentManagedThreadId;
        ConcurrentBag<int> seen = [];
        var tool = new ScriptedTool(async (_, context, stop) =>
        {
            seen.Add(Environment.CurrentManagedThreadId);
            context.Log("a line");
            await context.SaveCheckpointAsync(new ToolPlace(1), ToolJson.Default.ToolPlace, stop);
            seen.Add(Environment.CurrentManagedThreadId);
            return "done";
        });

        OneThread.Run(async () =>
        {
            var clock = new ManualTimeProvider();
            var engine = TestEngine.Make(
                builder =>
                {
                    builder.AddTool(tool);
                    builder.Services.Add(new(typeof(IWorkOffload), new InlineOffload()));
                },
                time: clock);
            engine.Faults.OnCall = _ => seen.Add(Environment.CurrentManagedThreadId);
            engine.Source.OnStart = _ => seen.Add(Environment.CurrentManagedThreadId);
            await engine.Host.StartAsync(default);

            Assert.Equal(JobStatus.Succeeded, (await engine.RunAsync(TestEngine.Query("rows 20000"))).Status);
            Assert.Equal(JobStatus.Succeeded, (await engine.RunAsync(ScriptedTool.Request())).Status);
            var canceled = (await engine.Jobs.SubmitAsync(TestEngine.Query("wait"), default)).Job;
            await engine.UntilAsync(canceled.Id, job => job.Status == JobStatus.Running);
            clock.Advance(TimeSpan.FromSeconds(60)); // beats, progress, deadlines, the collector
            await engine.Jobs.CancelAsync(canceled.ShortId, default);
            Assert.Equal(JobStatus.Canceled, (await engine.EndedAsync(canceled.Id)).Status);
            await engine.DisposeAsync();
        });

        Assert.True(seen.Count > 20);
        Assert.All(seen, id => Assert.Equal(thread, id));
    }

    /// <summary>Runs everything that is posted on the thread that calls.</summary>
    private sealed class OneThread : SynchronizationContext
    {
        private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _posted = [];

        public static void Run(Func<Task> main)
        {
            var before = Current;
            var context = new OneThread();
            SetSynchronizationContext(context);
            try
            {
                var task = main();
                while (!task.IsCompleted)
                {
                    Assert.True(context._posted.TryTake(out var item, TimeSpan.FromSeconds(30)), "Nothing is left to run, and the test has not ended.");
                    item.Callback(item.State);
                }

                task.GetAwaiter().GetResult();
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }

        public override void Post(SendOrPostCallback d, object? state) => _posted.Add((d, state));

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();
    }
}
