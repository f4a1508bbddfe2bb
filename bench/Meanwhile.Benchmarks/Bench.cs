using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Access;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store;
using Meanwhile.Settings;
using Meanwhile.Sources;
using Meanwhile.Stores;
using Meanwhile.Tools;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Meanwhile.Benchmarks;

/// <summary>An engine on a SQLite store in a temporary directory, with a no-op tool and a SQLite source.</summary>
internal sealed class Bench : IAsyncDisposable
{
    public static readonly Caller Caller = new() { Project = "default", Principal = "bench", Role = Role.Admin, IsInstanceAdmin = true };
    private readonly ServiceProvider _services;

    private Bench(ServiceProvider services, string directory)
    {
        (_services, Directory) = (services, directory);
        Host = services.GetRequiredService<MeanwhileHost>();
    }

    public MeanwhileHost Host { get; }

    public string Directory { get; }

    public NoopTool Noop => _services.GetRequiredService<NoopTool>();

    public SleepTool Sleep => _services.GetRequiredService<SleepTool>();

    public IJobs Jobs => Host.As(Caller);

    /// <param name="postgres">A connection string, to keep jobs in PostgreSQL instead.</param>
    /// <param name="store">What is to be different about that store.</param>
    public static async Task<Bench> StartAsync(Action<EngineOptions>? options = null, string? postgres = null, Func<PostgresStoreOptions, PostgresStoreOptions>? store = null)
    {
        var directory = TemporaryDirectory();
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddMeanwhile(builder =>
        {
            Parts(builder, directory);
            if (postgres is not null) KeepIn(builder, postgres, store);
            builder.Configure(settings => options?.Invoke(settings));
        });
        var bench = new Bench(services.BuildServiceProvider(), directory);
        await bench.Host.StartAsync(default);
        return bench;
    }

    /// <summary>Submits the same so many times, 500 at once.</summary>
    /// <param name="project">In which project; null = in the caller's.</param>
    public async Task SubmitAsync(JobRequest request, int times, string? project = null)
    {
        var jobs = project is null ? Jobs : Host.As(Caller with { Project = project });
        for (var submitted = 0; submitted < times; submitted += 500) await jobs.SubmitAsync([.. Enumerable.Repeat(request, Math.Min(500, times - submitted))], default);
    }

    /// <summary>Waits until no job of the caller's project is left that has not ended.</summary>
    public async Task DrainedAsync()
    {
        var administration = Host.AdministrationAs(Caller);
        while ((await administration.StatsAsync(default)).Jobs.Any(count => !count.Status.IsFinal && count.Count > 0)) await Task.Delay(50); // asking costs the store something too
    }

    /// <summary>Keeps jobs in PostgreSQL instead.</summary>
    public static void KeepIn(MeanwhileBuilder builder, string connectionString, Func<PostgresStoreOptions, PostgresStoreOptions>? store = null)
    {
        builder.Services.RemoveAll<IStoreOpener>();
        builder.UsePostgres(connectionString, store);
    }

    /// <summary>What every benchmarked engine is made of.</summary>
    public static void Parts(MeanwhileBuilder builder, string directory)
    {
        var sources = Path.Combine(directory, SqliteHosting.SourcesFolder);
        System.IO.Directory.CreateDirectory(sources);
        var database = Path.Combine(sources, "bench.db");
        using (var connection = new SqliteConnection($"Data Source={database}"))
        {
            connection.Open();
            using var create = connection.CreateCommand();
            create.CommandText = "create table if not exists t(a integer)";
            create.ExecuteNonQuery();
        }

        builder.UseSqlite(directory);
        builder.AddTool<NoopTool, NoopParams, NoopResult>();
        builder.AddTool<SleepTool, SleepParams, NoopResult>();
        builder.AddSource(new SourceDefinition("", "db", "sqlite", JsonDocument.Parse($$"""{"path": "bench.db"}""").RootElement, new SourceOptions { Concurrency = 100 }));
    }

    public static string TemporaryDirectory() => System.IO.Directory.CreateTempSubdirectory("meanwhile-bench-").FullName;

    public static JobRequest Query(string sql) => new() { Tool = "query", Source = "db", Params = Json($$"""{"sql": {{JsonEncodedText(sql)}}}""") };

    public static JobRequest NoopRequest { get; } = new() { Tool = "noop", Params = Json("{}") };

    public static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    /// <summary>Runs a body from so many concurrent callers until so many calls were made.</summary>
    public static async Task<TimeSpan> ConcurrentlyAsync(int callers, int calls, Func<int, Task> body)
    {
        var next = -1;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            for (var i = Interlocked.Increment(ref next); i < calls; i = Interlocked.Increment(ref next)) await body(i);
        })));
        return watch.Elapsed;
    }

    private static string JsonEncodedText(string text) => $"\"{System.Text.Json.JsonEncodedText.Encode(text)}\"";

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}

internal sealed record NoopParams;

internal sealed record NoopResult(int Done);

internal sealed record SleepParams(double Seconds);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(NoopParams))]
[JsonSerializable(typeof(NoopResult))]
[JsonSerializable(typeof(SleepParams))]
internal sealed partial class BenchJson : JsonSerializerContext;

/// <summary>Does nothing, and tells when it began.</summary>
internal sealed class NoopTool : ITool<NoopParams, NoopResult>
{
    public ToolDescriptor Descriptor { get; } = new() { Name = "noop", Description = "Does nothing." };

    public JsonTypeInfo<NoopParams> ParamsJson => BenchJson.Default.NoopParams;

    public JsonTypeInfo<NoopResult> ResultJson => BenchJson.Default.NoopResult;

    /// <summary>Called when an attempt begins.</summary>
    public Action<IToolContext>? Began { get; set; }

    public Task<NoopResult> RunAsync(NoopParams parameters, IToolContext context, CancellationToken cancellationToken)
    {
        Began?.Invoke(context);
        return Done;
    }

    private static readonly Task<NoopResult> Done = Task.FromResult(new NoopResult(1));
}

/// <summary>Sleeps.</summary>
internal sealed class SleepTool : ITool<SleepParams, NoopResult>
{
    public ToolDescriptor Descriptor { get; } = new() { Name = "sleep", Description = "Sleeps." };

    public JsonTypeInfo<SleepParams> ParamsJson => BenchJson.Default.SleepParams;

    public JsonTypeInfo<NoopResult> ResultJson => BenchJson.Default.NoopResult;

    /// <summary>Counts what sleeps.</summary>
    public Gauge? Gauge { get; set; }

    public async Task<NoopResult> RunAsync(SleepParams parameters, IToolContext context, CancellationToken cancellationToken)
    {
        var gauge = Gauge;
        gauge?.Enter();
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(parameters.Seconds), cancellationToken);
            return new NoopResult(1);
        }
        finally
        {
            gauge?.Leave();
        }
    }
}
