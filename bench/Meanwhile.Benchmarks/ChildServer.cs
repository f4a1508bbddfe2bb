using System.Diagnostics;
using Meanwhile.Hosting;
using Meanwhile.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Benchmarks;

/// <summary>A server in a process of its own, so that load and server do not share one.</summary>
internal sealed class ChildServer : IAsyncDisposable
{
    private const string StoreVariable = "MEANWHILE_BENCH_STORE";
    private readonly Process _process;

    private ChildServer(Process process, string directory, int port, string key) => (_process, Directory, Port, Key) = (process, directory, port, key);

    public string Directory { get; }

    public int Port { get; }

    public string Key { get; }

    /// <summary>Starts one; a directory that was prepared can be given.</summary>
    /// <param name="postgres">A connection string, to keep jobs in PostgreSQL instead. It goes by the environment: arguments are for everybody to see.</param>
    public static async Task<ChildServer> StartAsync(string? directory = null, int concurrency = 16, string? postgres = null)
    {
        directory ??= Bench.TemporaryDirectory();
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Meanwhile.Benchmarks"), ["serve-child", directory, $"{concurrency}"]) { RedirectStandardOutput = true };
        if (postgres is not null) start.Environment[StoreVariable] = postgres;
        var process = Process.Start(start)!;
        var port = int.Parse((await process.StandardOutput.ReadLineAsync())!.Split(' ')[1]);
        var key = (await File.ReadAllTextAsync(AdminKeyFile(directory))).Trim();
        return new ChildServer(process, directory, port, key);
    }

    /// <summary>Where a server of a directory has its admin key.</summary>
    public static string AdminKeyFile(string directory) => Path.Combine(directory, "admin.key");

    /// <summary>The child's main.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var (directory, concurrency) = (args[1], int.Parse(args[2]));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddMeanwhile(engine =>
        {
            Bench.Parts(engine, directory);
            if (Environment.GetEnvironmentVariable(StoreVariable) is { Length: > 0 } postgres) Bench.KeepIn(engine, postgres);
            engine.Configure(options =>
            {
                options.Concurrency = concurrency;
                options.AdminKeyFile = AdminKeyFile(directory);
            });
        });
        builder.Services.AddMeanwhileServer(options => options.AnswersUnknownPaths = true);
        builder.Logging.AddFilter(null, LogLevel.Warning);
        await using var app = builder.Build();
        app.MapMeanwhile();
        await app.StartAsync();
        Console.WriteLine($"port {new Uri(app.Urls.First()).Port}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
