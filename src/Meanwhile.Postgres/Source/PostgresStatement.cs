using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source.Sessions;
using Meanwhile.Sources;
using Npgsql;

namespace Meanwhile.Postgres.Source;

/// <summary>A statement that waits for its turn, runs, or has ended.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Whoever cancels may come after the end, and must find the token alive; it holds no timer.")]
internal sealed class PostgresStatement(Connector connector) : IHostedStatement
{
    private readonly TaskCompletionSource<StatementOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private ScriptRun? _run;
    private Task<string>? _cancelling;
    private CancellationTokenRegistration _registration;

    /// <inheritdoc/>
    public Task<StatementOutcome> Completion => _completion.Task;

    /// <summary>Cancelled once it is to stop.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Cancels it with this token too.</summary>
    public void CancelWith(CancellationToken cancellationToken) => _registration = cancellationToken.UnsafeRegister(static state => _ = ((PostgresStatement)state!).CancelAsync(CancellationToken.None).AsTask(), this);

    /// <summary>Runs it, unless it was cancelled before.</summary>
    public async Task RunAsync(ScriptRun run)
    {
        lock (_gate)
        {
            if (Completion.IsCompleted) return;

            _run = run;
        }

        End(await run.RunAsync());
    }

    /// <summary>Ends it without having run.</summary>
    public void Refuse(JobError error) => End(new StatementOutcome.Failed(error));

    /// <inheritdoc/>
    public async ValueTask<string> CancelAsync(CancellationToken cancellationToken)
    {
        Task<string> cancelling;
        lock (_gate)
        {
            if (Completion.IsCompleted) return "the statement has ended";

            if (_run is null)
            {
                End(new StatementOutcome.Interrupted { WithoutEffect = true });
                return "the statement had not begun";
            }

            cancelling = _cancelling ??= CancelAsync(_run);
        }

        return await cancelling.WaitAsync(cancellationToken);
    }

    /// <summary>Sends a cancel request, and soon after terminates the backend that did not heed it, by its identity.</summary>
    private async Task<string> CancelAsync(ScriptRun run)
    {
        await _stop.CancelAsync(); // elsewhere: what is registered sends the request
        if (run.Backend is not { } backend) return "the statement was not connected yet";

        var who = $"process {backend.Pid.ToString(CultureInfo.InvariantCulture)}";
        if (run.IsCommitting) return $"{who} is committing, which is not interrupted";
        var started = connector.Time.GetTimestamp();
        while (!await EndsWithinAsync(connector.Options.TerminateAfter))
        {
            try
            {
                var told = await Backends.TerminateAsync(connector, backend, CancellationToken.None);
                return $"cancel request sent to {who}, then {(told ? "pg_terminate_backend" : "it was found gone")}";
            }
            catch (Exception e) when (e is SourceException or NpgsqlException or IOException)
            {
                if (connector.Time.GetElapsedTime(started) >= connector.Options.SeeGoneWithin) return $"cancel request sent to {who}; to terminate it the server could not be reached: {e.Message}";
            }
        }

        return $"cancel request sent to {who}, which ended the statement";
    }

    private async Task<bool> EndsWithinAsync(TimeSpan time)
    {
        try
        {
            await Completion.WaitAsync(time, connector.Time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void End(StatementOutcome outcome)
    {
        if (_completion.TrySetResult(outcome)) _registration.Unregister();
    }
}
