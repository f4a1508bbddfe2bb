using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Npgsql;

namespace Meanwhile.Enqueuing;

/// <summary>Submits jobs within an application's own transaction: seen by nodes as soon as it is committed, never before, and gone when it is rolled back.</summary>
/// <remarks>
/// The transaction is one on the database that holds the store, by a role that may execute <c>meanwhile.submit</c>; the application needs no connection to a server. The same can be had in SQL:
/// <c>select meanwhile.submit('{"tool": "query", ...}'::jsonb)</c>. Safe for concurrent use.
/// </remarks>
/// <param name="project">The project that the jobs belong to.</param>
/// <param name="schema">The store's schema.</param>
public sealed class JobEnqueuer(string project = "default", string schema = "meanwhile")
{
    private readonly string _submit = new SchemaName(schema).In(EnqueueSql.Submit);

    /// <summary>Enqueues a request.</summary>
    /// <param name="request">As any other, without an idempotency key: the transaction is what makes it happen once. What can't run becomes a job that fails at once with the reason.</param>
    /// <param name="transaction">The caller's own; neither committed nor rolled back here.</param>
    /// <returns>The id that the job will have.</returns>
    /// <exception cref="PostgresException">The project is not there, the request has a field that it may not have, or the role may not execute the function; the transaction is then to be rolled back.</exception>
    public async Task<JobId> EnqueueAsync(JobRequest request, NpgsqlTransaction transaction, CancellationToken cancellationToken = default)
    {
        var json = JsonSerializer.Serialize(request, JobRequestJson.Default.JobRequest);
        await using var submit = new NpgsqlCommand(_submit, transaction.Connection, transaction) { Parameters = { Parameters.Text(json), Parameters.Text(project) } };
        return new JobId((Guid)(await submit.ExecuteScalarAsync(cancellationToken))!);
    }
}
