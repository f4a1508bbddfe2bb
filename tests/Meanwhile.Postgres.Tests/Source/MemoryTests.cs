using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Sources;
using Meanwhile.Testing.Results;
using Meanwhile.Testing.Sources;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class MemoryTests(SharedCluster shared) : SourceTestBase(shared)
{
    [Fact]
    public async Task Three_million_rows_stream_without_an_allocation_a_cell()
    {
        await using var source = Database.Create();
        List<long> live = [];
        RecordingResultWriter? writer = null;
        writer = new RecordingResultWriter
        {
            CountOnly = true,
            FlushEvery = 10_000,
            OnFlush = _ =>
            {
                if (writer!.Flushes is 10 or 290) live.Add(GC.GetTotalMemory(forceFullCollection: true));
                return ValueTask.CompletedTask;
            },
        };
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var statement = source.Start(Request("select i, i * 2, repeat('x', 100), null::int, now() from generate_series(1, 3000000) i"), writer, new RecordingObserver(), CancellationToken.None);

        Assert.IsType<StatementOutcome.Completed>(await statement.Completion.WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal(3_000_000, writer.RowCount);
        Assert.InRange(live[1] - live[0], -64_000_000, 32_000_000); // other tests run beside this one
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 240_000_000); // an object a cell would be 360 MB
    }
}
