using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Benchmarks;

/// <summary>The benchmarks still run. What they measure is not looked at: a test has no business with time.</summary>
public sealed class BenchmarkTests
{
    [Theory]
    [InlineData("fsync", "write 8 KiB + fsync")]
    [InlineData("submit", "submissions through the engine, 64 callers")]
    [InlineData("drain", "no-op jobs, pending to succeeded, 512 slots")]
    [InlineData("latency", "submit to start, idle")]
    [InlineData("fairness", "another's job behind 1,000 pending")]
    [InlineData("result", "stored partitions as they lie")]
    [InlineData("http", "submissions over HTTP, 64 connections")]
    [InlineData("status", "store with 2,000 finished jobs")]
    [InlineData("postgres-http", "submissions over HTTP, 64, PostgreSQL")]
    [InlineData("postgres-limit", "running on average, 16 jobs of 0.5 s")]
    [InlineData("postgres-elsewhere", "start elsewhere, through pgbouncer")]
    [InlineData("postgres-projects", "no-op jobs of 50 projects, skewed")]
    [InlineData("postgres-status", "store with 2,000 finished jobs, PostgreSQL")]
    [InlineData("postgres-pinned", "dead tuples of meanwhile.job, at most")]
    public async Task Each_benchmark_runs_in_its_quick_form_and_prints_its_figure(string name, string figure)
    {
        await using var benchmark = Executable.Start(Program, [name, "--quick"]);

        Assert.True(await benchmark.EndAsync() == 0, $"{benchmark.Out}\n{benchmark.Error}");
        Assert.Contains($"== {name}", benchmark.Out, StringComparison.Ordinal);
        Assert.Matches($"(?m)^{System.Text.RegularExpressions.Regex.Escape(figure)} .*[0-9]", benchmark.Out);
    }

    [Fact]
    public async Task A_benchmark_that_is_not_there_is_refused_and_those_that_are_named()
    {
        await using var benchmark = Executable.Start(Program, ["nonsense"]);

        Assert.Equal(2, await benchmark.EndAsync());
        Assert.Contains("There is no benchmark 'nonsense'; there are: all, fsync, submit,", benchmark.Error, StringComparison.Ordinal);
    }

    private static string Program
    {
        get
        {
            var target = new DirectoryInfo(AppContext.BaseDirectory); // bin/CONFIGURATION/FRAMEWORK
            return Tree.PathOf(Path.Combine("bench/Meanwhile.Benchmarks/bin", target.Parent!.Name, target.Name, "Meanwhile.Benchmarks"));
        }
    }
}
