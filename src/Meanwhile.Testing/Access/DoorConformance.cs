using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Sources;
using Meanwhile.Workers;
using Xunit;

namespace Meanwhile.Testing.Access;

/// <summary>A running instance, as those who test its door need it: durable or not, near or far.</summary>
public interface IInstance : IAsyncDisposable
{
    /// <summary>An instance admin's token, of the project <c>default</c>.</summary>
    string AdminToken { get; }

    /// <summary>A folder in which databases of sources of type <c>sqlite</c> may lie.</summary>
    string SourceFolder { get; }

    /// <summary>The doors of whoever a token belongs to.</summary>
    /// <param name="project">The project that an instance admin wants to act in; null = the key's own.</param>
    /// <exception cref="ProblemException">The token is not accepted; doors that are opened far away may say so only when they are used.</exception>
    ValueTask<(IJobs Jobs, IAdministration Administration)> OpenAsync(string token, string? project = null);

    /// <summary>The door for workers of whoever a token belongs to.</summary>
    /// <exception cref="ProblemException">The token may not work; a door that is opened far away may say so only when it is used.</exception>
    ValueTask<IWorkers> OpenWorkersAsync(string token);
}

/// <summary>What every transport of the door is tested with: an instance, and the ways through it that tests share.</summary>
public abstract class DoorConformance : IAsyncLifetime
{
    /// <summary>A query that would run for hours.</summary>
    protected const string Endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n";

    /// <summary>The source that every test has: an empty SQLite database, read-only.</summary>
    protected const string Source = "db";

    private IInstance _instance = null!;

    /// <summary>The admin's door to jobs.</summary>
    protected IJobs Jobs { get; private set; } = null!;

    /// <summary>The admin's door to the instance's configuration.</summary>
    protected IAdministration Administration { get; private set; } = null!;

    /// <summary>Starts an instance of its own for a test.</summary>
    protected abstract ValueTask<IInstance> StartAsync();

    /// <inheritdoc/>
    public virtual async ValueTask InitializeAsync()
    {
        _instance = await StartAsync();
        (Jobs, Administration) = await _instance.OpenAsync(_instance.AdminToken);
        await AddSourceAsync(Administration, Source);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _instance.DisposeAsync();
    }

    /// <summary>The doors of a token.</summary>
    protected ValueTask<(IJobs Jobs, IAdministration Administration)> OpenAsync(string token, string? project = null) => _instance.OpenAsync(token, project);

    /// <summary>The door for workers of a token.</summary>
    protected ValueTask<IWorkers> OpenWorkersAsync(string token) => _instance.OpenWorkersAsync(token);

    /// <summary>The door for workers of the admin.</summary>
    protected ValueTask<IWorkers> AdminWorkersAsync() => _instance.OpenWorkersAsync(_instance.AdminToken);

    /// <summary>The admin's doors to a project that is made now.</summary>
    protected async Task<(IJobs Jobs, IAdministration Administration)> InProjectAsync(string project)
    {
        await Administration.PutProjectAsync(project, null, null, create: true, default);
        var doors = await _instance.OpenAsync(_instance.AdminToken, project);
        await AddSourceAsync(doors.Administration, Source);
        return doors;
    }

    /// <summary>What makes a source of an empty database.</summary>
    protected SourceRequest SourceOf(string name, bool readOnly = true)
    {
        var path = Path.Combine(_instance.SourceFolder, $"{name}.db");
        if (!File.Exists(path)) File.WriteAllBytes(path, []);
        return new SourceRequest(name, "sqlite", JsonElement.Parse($$"""{"path": "{{JsonEncodedText.Encode(path)}}" }"""), new SourceOptions { ReadOnly = readOnly });
    }

    /// <summary>A query.</summary>
    protected static JobRequest Query(string sql, string source = Source) => new()
    {
        Tool = "query",
        Source = source,
        Params = JsonElement.Parse($$"""{"sql": "{{JsonEncodedText.Encode(sql)}}" }"""),
    };

    /// <summary>Numbers from 1, a row each, with a text besides.</summary>
    protected static JobRequest Numbers(int rows) => Query($"with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) select i, 'row ' || i as t from n");

    /// <summary>Submits, and returns the job once it has ended.</summary>
    protected async Task<Job> RunAsync(JobRequest request)
    {
        var accepted = await Jobs.SubmitAsync(request, default);
        return await UntilAsync(accepted.Job, job => job.Status.IsFinal);
    }

    /// <summary>The job once it is as a test needs it.</summary>
    protected async Task<Job> UntilAsync(Job job, Func<Job, bool> isSo)
    {
        for (var waits = 0; !isSo(job); waits++)
        {
            Assert.True(waits < 60, $"The job did not get there: it is {job.Status.Word}, {job.WaitingReason ?? job.Record.State.Error?.Message}.");
            job = await Jobs.WaitAsync(job.Id.ToString(), job.ETag, TimeSpan.FromSeconds(1), default);
        }

        return job;
    }

    /// <summary>The problem that a call is refused with.</summary>
    protected static async Task<Problem> RefusedAsync(string code, Func<Task> call)
    {
        var problem = (await Assert.ThrowsAsync<ProblemException>(call)).Problem;
        Assert.True(problem.Code == code, $"{problem.Code}: {problem.Detail}");
        return problem;
    }

    private async Task AddSourceAsync(IAdministration administration, string name) => await administration.PutSourceAsync(SourceOf(name), create: true, default);
}
