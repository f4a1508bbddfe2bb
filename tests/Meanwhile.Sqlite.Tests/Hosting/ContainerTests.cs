using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Sources;
using Microsoft.Extensions.DependencyInjection;

namespace Meanwhile.Sqlite.Tests.Hosting;

public sealed class ContainerTests
{
    private static readonly Caller Admin = new() { Project = "default", Principal = "admin", Role = Role.Admin, IsInstanceAdmin = true };

    [Fact]
    public async Task Disposing_the_container_alone_hands_running_work_back_before_the_store_closes()
    {
        var directory = Directory.CreateTempSubdirectory("meanwhile-container-").FullName;
        try
        {
            MakeDatabase(directory);
            JobId id;
            await using (var services = Services(directory))
            {
                var jobs = await StartAsync(services);
                id = (await jobs.SubmitAsync(Endless(), default)).Job.Id;
                await RunningAsync(jobs, id);
            }

            await using (var services = Services(directory))
            {
                var jobs = await StartAsync(services);
                var again = await RunningAsync(jobs, id);
                Assert.Equal(2, again.Record.State.Attempt);
                Assert.Equal(0, again.Record.State.AttemptsCounted);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void MakeDatabase(string directory)
    {
        var sources = Directory.CreateDirectory(Path.Combine(directory, SqliteHosting.SourcesFolder)).FullName;
        File.WriteAllBytes(Path.Combine(sources, "x.db"), []); // an empty file is an empty database
    }

    private static ServiceProvider Services(string directory) => new ServiceCollection().AddMeanwhile(builder => builder
        .Configure(options => options.ShutdownGrace = TimeSpan.Zero)
        .UseSqlite(directory)
        .AddSource(new SourceDefinition("", "db", "sqlite", JsonDocument.Parse("""{"path": "x.db"}""").RootElement, new SourceOptions()))).BuildServiceProvider();

    private static async Task<IJobs> StartAsync(ServiceProvider services)
    {
        var host = services.GetRequiredService<MeanwhileHost>();
        await host.StartAsync(default);
        return host.As(Admin);
    }

    private static async Task<Job> RunningAsync(IJobs jobs, JobId id)
    {
        var job = await jobs.GetAsync(id.ToString(), default);
        for (var i = 0; i < 20 && job.Status != JobStatus.Running; i++) job = await jobs.WaitAsync(id.ToString(), job.ETag, TimeSpan.FromSeconds(1), default);
        Assert.Equal(JobStatus.Running, job.Status);
        return job;
    }

    private static JobRequest Endless() => new()
    {
        Tool = "query",
        Source = "db",
        Params = JsonDocument.Parse("""{"sql": "with recursive n(i) as (values(1) union all select i + 1 from n) select count(*) from n"}""").RootElement,
    };
}
