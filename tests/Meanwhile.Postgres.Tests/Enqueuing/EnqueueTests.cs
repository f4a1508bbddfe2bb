using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Enqueuing;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Postgres.Tests.Store;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Enqueuing;

public sealed class EnqueueTests(SharedCluster shared) : IAsyncLifetime
{
    private static readonly Caller Admin = new() { Project = "default", Principal = "admin", Role = Role.Admin, IsInstanceAdmin = true };
    private readonly string _schema = PostgresStores.NewSchema();
    private ServiceProvider _services = null!;
    private NpgsqlDataSource _database = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IJobs Jobs => _services.GetRequiredService<MeanwhileHost>().As(Admin);

    public async ValueTask InitializeAsync()
    {
        var connection = await PostgresStores.ConnectionStringAsync(shared);
        var services = new ServiceCollection();
        services.AddMeanwhile(engine =>
        {
            engine.UsePostgres(connection, options => options with { Schema = _schema });
            engine.AddTool(new EchoTool());
            engine.Configure(options => (options.IntakeEvery, options.ShutdownGrace) = (TimeSpan.FromMinutes(5), TimeSpan.Zero)); // so that only what is told is heard
        });
        _services = services.BuildServiceProvider();
        _database = NpgsqlDataSource.Create(connection);
        await _services.GetRequiredService<MeanwhileHost>().StartAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task What_a_transaction_enqueues_runs_once_it_is_committed_and_not_before()
    {
        await using var connection = await _database.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        var id = await new JobEnqueuer(schema: _schema).EnqueueAsync(Request("hello"), transaction, Token);

        await Assert.ThrowsAsync<Problems.ProblemException>(async () => await Jobs.GetAsync(id.ToString(), Token));
        await transaction.CommitAsync(Token);

        var job = await Jobs.WaitAsync(id.ToString(), null, TimeSpan.FromSeconds(30), Token);
        Assert.Equal((JobStatus.Succeeded, "sql:postgres"), (job.Status, job.Record.Spec.SubmittedBy));
        Assert.Equal("""{"said":"hello"}""", job.Record.State.Result!.Summary);
    }

    [Fact]
    public async Task What_a_transaction_enqueued_is_gone_when_it_is_rolled_back()
    {
        await using var connection = await _database.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        var id = await new JobEnqueuer(schema: _schema).EnqueueAsync(Request("never"), transaction, Token);
        await transaction.RollbackAsync(Token);

        await using var another = await connection.BeginTransactionAsync(Token);
        var after = await new JobEnqueuer(schema: _schema).EnqueueAsync(Request("after"), another, Token);
        await another.CommitAsync(Token);

        Assert.Equal(JobStatus.Succeeded, (await Jobs.WaitAsync(after.ToString(), null, TimeSpan.FromSeconds(30), Token)).Status);
        await Assert.ThrowsAsync<Problems.ProblemException>(async () => await Jobs.GetAsync(id.ToString(), Token));
    }

    [Fact]
    public async Task Sql_alone_enqueues_a_job()
    {
        var id = (Guid)(await ScalarAsync("""select meanwhile.submit('{"tool": "echo", "params": {"say": "sql"}, "labels": {"by": "trigger"}}'::jsonb)"""))!;

        var job = await Jobs.WaitAsync(id.ToString(), null, TimeSpan.FromSeconds(30), Token);
        Assert.Equal((JobStatus.Succeeded, "trigger"), (job.Status, job.Record.Spec.Labels["by"]));
    }

    [Theory]
    [InlineData("""select meanwhile.submit('[]'::jsonb)""", "The request is array; a JSON object is accepted.")]
    [InlineData("""select meanwhile.submit(null)""", "The request is null")]
    [InlineData("""select meanwhile.submit('{}'::jsonb)""", "tool is missing")]
    [InlineData("""select meanwhile.submit('{"tool": 7}'::jsonb)""", "tool is number")]
    [InlineData("""select meanwhile.submit('{"tool": "echo", "parms": {}}'::jsonb)""", "parms is not a field of a request")]
    [InlineData("""select meanwhile.submit('{"tool": "echo", "idempotency_key": "k"}'::jsonb)""", "idempotency_key is given")]
    [InlineData("""select meanwhile.submit('{"tool": "echo"}'::jsonb, 'nowhere')""", "There is no project nowhere.")]
    public async Task What_can_be_seen_to_be_wrong_is_refused_in_the_transaction(string sql, string message)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(sql));

        Assert.Equal("22023", refused.SqlState);
        Assert.Contains(message, refused.MessageText, StringComparison.Ordinal);
        if (message.Contains("field", StringComparison.Ordinal)) Assert.StartsWith("Fields are tool, params, source, ", refused.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"tool": "query", "source": "nowhere", "params": {"sql": "select 1"}}""", "there is no such source")]
    [InlineData("""{"tool": "echo", "params": {}, "priority": 99}""", "priority")]
    [InlineData("""{"tool": "echo", "params": {}, "priority": "high"}""", "priority can't be read: another kind of value is accepted there.")]
    public async Task What_only_a_node_can_see_to_be_wrong_becomes_a_job_that_fails_at_once_with_the_reason(string request, string message)
    {
        var id = (Guid)(await ScalarAsync($"select meanwhile.submit('{request}'::jsonb)"))!;

        var job = await Jobs.WaitAsync(id.ToString(), null, TimeSpan.FromSeconds(30), Token);
        Assert.Equal((JobStatus.Failed, "invalid_request", 0), (job.Status, job.Record.State.Error!.Code, job.Record.State.Attempt));
        Assert.Contains(message, job.Record.State.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_may_enqueue_whom_the_owner_does_not_let()
    {
        await ScalarAsync("create role stranger");
        try
        {
            await ScalarAsync($"grant usage on schema {_schema} to stranger");
            var refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync("""set role stranger; select meanwhile.submit('{"tool": "echo"}'::jsonb)"""));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);

            await ScalarAsync("reset role; grant execute on function meanwhile.submit(jsonb, text) to stranger");
            Assert.NotNull(await ScalarAsync("""set role stranger; select meanwhile.submit('{"tool": "echo", "params": {"say": "let"}}'::jsonb)"""));
        }
        finally
        {
            await ScalarAsync("reset role; drop owned by stranger; drop role stranger");
        }
    }

    private static JobRequest Request(string text) => new() { Tool = "echo", Params = JsonDocument.Parse($$"""{"say": "{{text}}"}""").RootElement };

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql.Replace("meanwhile.", _schema + ".", StringComparison.Ordinal));
        return await command.ExecuteScalarAsync(Token);
    }
}
