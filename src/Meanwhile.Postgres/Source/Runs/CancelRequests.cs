using System.Net.Sockets;
using Npgsql;

namespace Meanwhile.Postgres.Source.Runs;

/// <summary>Has the server cancel what runs once it is to stop, and asks again until it is disposed: a server drops a request that arrives before the statement does, or that the statement itself caught.</summary>
internal sealed class CancelRequests : IAsyncDisposable
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(250);

    private readonly Action _cancel;
    private readonly ITimer _again;
    private readonly CancellationTokenRegistration _registration;

    /// <summary>Asks once <paramref name="stop"/> is cancelled.</summary>
    /// <param name="cancel">Sends one request; what it throws says that nothing runs any more.</param>
    public CancelRequests(Action cancel, TimeProvider time, CancellationToken stop)
    {
        _cancel = cancel;
        _again = time.CreateTimer(static state => ((CancelRequests)state!).Ask(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _registration = stop.UnsafeRegister(static state => ((CancelRequests)state!).Ask(), this);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _registration.DisposeAsync();
        await _again.DisposeAsync(); // and waits for a request that is on its way, so that it can't meet the next statement
    }

    private void Ask()
    {
        try
        {
            _cancel();
        }
        catch (Exception e) when (e is NpgsqlException or IOException or SocketException or InvalidOperationException)
        {
            // it has ended or its connection broke, which its run hears too; a throw would end the process, as nobody waits for a timer
        }

        _again.Change(AskAgainAfter, Timeout.InfiniteTimeSpan); // only now: the request waits for the server's answer
    }
}
