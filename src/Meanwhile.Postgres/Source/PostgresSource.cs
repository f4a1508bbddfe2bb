using System.Globalization;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source.Sessions;
using Meanwhile.Results;
using Meanwhile.Sources;
using Npgsql;

namespace Meanwhile.Postgres.Source;

/// <summary>A PostgreSQL database as a source: each statement has a connection of its own while it runs.</summary>
internal sealed class PostgresSource(Connector connector, int concurrency) : IHostedSource
{
    private readonly RoleWarning _warning = new();
    private readonly Turns _turns = new(concurrency, connector.Options.WaitingMax);
    private volatile bool _disposed;

    /// <inheritdoc/>
    public SourceCapabilities Capabilities => All;

    /// <summary>What every PostgreSQL source can do.</summary>
    internal static SourceCapabilities All { get; } = new() { DryRun = true, MaxCost = true, EndsFromAnyNode = true, Scripts = true, NamedParameters = true, PositionalParameters = true };

    /// <inheritdoc/>
    public IHostedStatement Start(StatementRequest request, IResultWriter writer, IStatementObserver observer, CancellationToken cancellationToken)
    {
        var statement = new PostgresStatement(connector);
        statement.CancelWith(cancellationToken);
        if (statement.Completion.IsCompleted) return statement;

        var run = new ScriptRun(connector, _warning, request, writer, observer, statement.Stop);
        if (_disposed) statement.Refuse(JobError.Of(ErrorKind.Transient, "The source was closed.", "source_closed"));
        else if (!_turns.TryTake(() => statement.RunAsync(run))) statement.Refuse(JobError.Of(ErrorKind.Throttled, "Too many statements wait for a connection of the source.", "source_busy"));
        return statement;
    }

    /// <inheritdoc/>
    public async ValueTask<(StatementCheck? Check, JobError? Error)> CheckAsync(StatementRequest request, CancellationToken cancellationToken)
    {
        StatementCheck? found = null;
        var error = await ToldAsync(async () => found = await new ScriptCheck(connector, request).RunAsync(cancellationToken), cancellationToken);
        return error is null ? (found, null) : (null, error);
    }

    /// <inheritdoc/>
    public async ValueTask<StatementFate> EndAsync(IReadOnlyList<string> tags, string? commitMark, CancellationToken cancellationToken)
    {
        var (gone, pids) = await Backends.EndAsync(connector, tags, cancellationToken);
        var whose = tags.Count == 1 ? tags[0] : $"{tags.Count.ToString(CultureInfo.InvariantCulture)} attempts";
        if (!gone) return new StatementFate(Gone: false, $"The server could not be reached, or the statement of {whose} was not seen gone.", CommitFate.Unknown);

        var answer = pids.Count == 0
            ? $"no backend of {whose} was found"
            : $"pg_terminate_backend for {string.Join(", ", pids.Select(pid => pid.ToString(CultureInfo.InvariantCulture)))}, seen gone";
        var fate = commitMark is not null && CommitMark.TryParse(commitMark, out var mark) ? await Backends.FateAsync(connector, mark, cancellationToken) : CommitFate.Unknown;
        return new StatementFate(Gone: true, answer, fate);
    }

    /// <inheritdoc/>
    public async ValueTask<JobError?> ProbeAsync(CancellationToken cancellationToken) => await ToldAsync(
        async () =>
        {
            await using var session = await Session.OpenAsync(connector, Backends.ApplicationName, _ => { }, cancellationToken);
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _disposed = true; // there are no idle connections
        return ValueTask.CompletedTask;
    }

    private static async Task<JobError?> ToldAsync(Func<Task> act, CancellationToken cancellationToken)
    {
        try
        {
            await act();
            return null;
        }
        catch (SourceException refused)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return refused.Error;
        }
        catch (Exception e) when (e is Runs.LostException or NpgsqlException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return PostgresErrors.ConnectionLost(e.InnerException ?? e);
        }
    }
}
