using System.Net;
using System.Net.Sockets;

namespace Meanwhile.Postgres.Tests.Store.Concurrency;

/// <summary>Stands between a client and the server; when armed, lets the next request that holds some bytes through, waits until the server has answered, and cuts the line instead of passing the answer on.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _serverPort;
    private byte[]? _armed;

    public CuttingProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many answers were lost.</summary>
    public int Cuts { get; private set; }

    /// <summary>Loses the answer to the next request that holds these bytes.</summary>
    public void LoseAnswerTo(string text) => _armed = System.Text.Encoding.UTF8.GetBytes(text);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient();
        await far.ConnectAsync(IPAddress.Loopback, _serverPort, _stop.Token);
        var cut = new TaskCompletionSource();
        var up = PumpAsync(near.GetStream(), far.GetStream(), bytes =>
        {
            if (_armed is not { } armed || bytes.Span.IndexOf(armed) < 0) return false;
            _armed = null;
            cut.TrySetResult();
            return false;
        });
        var down = PumpAsync(far.GetStream(), near.GetStream(), _ =>
        {
            if (!cut.Task.IsCompleted) return false;
            Cuts++;
            return true;
        });
        await Task.WhenAny(up, down);
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, Func<ReadOnlyMemory<byte>, bool> ends)
    {
        var buffer = new byte[256 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var read)
            {
                if (ends(buffer.AsMemory(0, read))) return;
                await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception closed) when (closed is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // one side is gone; the other goes with it
        }
    }
}
