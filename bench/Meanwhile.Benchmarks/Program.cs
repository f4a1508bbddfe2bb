using Meanwhile.Benchmarks;

// Each benchmark prints what it measured, the floor or peer of the same run, their ratio, and the goal.
// --quick shrinks every one so that a continuous build can see that it still works; its figures mean nothing.
var quick = args.Contains("--quick");
var which = args.FirstOrDefault(arg => !arg.StartsWith("--", StringComparison.Ordinal)) ?? "all";
if (which == "serve-child") return await ChildServer.RunAsync(args);

(string Name, Func<bool, Task> Run)[] all =
[
    ("fsync", FsyncFloor.RunAsync),
    ("submit", SubmitBenchmark.RunAsync),
    ("drain", DrainBenchmark.RunAsync),
    ("latency", LatencyBenchmark.RunAsync),
    ("fairness", FairnessBenchmark.RunAsync),
    ("result", ResultBenchmark.RunAsync),
    ("http", HttpBenchmark.RunAsync),
    ("status", StatusBenchmark.RunAsync),
    ("postgres-submit", PostgresSubmitBenchmark.RunAsync),
    ("postgres-drain", PostgresDrainBenchmark.RunAsync),
    ("postgres-latency", PostgresLatencyBenchmark.RunAsync),
    ("postgres-http", PostgresHttpBenchmark.RunAsync),
    ("postgres-limit", PostgresLimitBenchmark.RunAsync),
    ("postgres-elsewhere", PostgresElsewhereBenchmark.RunAsync),
    ("postgres-projects", PostgresProjectsBenchmark.RunAsync),
    ("postgres-status", PostgresStatusBenchmark.RunAsync),
    ("postgres-pinned", PostgresPinnedBenchmark.RunAsync),
];
string[] alone = ["postgres-status", "postgres-pinned"]; // take long: by name alone
var chosen = all.Where(benchmark => benchmark.Name == which || (which == "all" && (quick || !alone.Contains(benchmark.Name)))).ToList();
if (chosen.Count == 0)
{
    Console.Error.WriteLine($"There is no benchmark '{which}'; there are: all, {string.Join(", ", all.Select(benchmark => benchmark.Name))}.");
    return 2;
}

foreach (var (name, run) in chosen)
{
    Console.WriteLine($"== {name}{(quick ? " (quick: figures mean nothing)" : "")}");
    await run(quick);
}

return 0;
