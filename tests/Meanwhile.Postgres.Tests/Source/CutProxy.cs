using System.Net;
using System.Net.Sockets;

namespace Meanwhile.Postgres.Tests.Source;

/// <summary>Stands between a client and a server on 127.0.0.1, and breaks connections on demand.</summary>
internal sealed class CutProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _sockets = [];
    private readonly int _to;
    private volatile bool _cutAnswers;

    public CutProxy(int to)
    {
        _to = to;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From here on the server hears everything, and its next answer breaks the connection instead of arriving.</summary>
    public void CutAnswers() => _cutAnswers = true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        lock (_sockets)
        {
            foreach (var socket in _sockets) socket.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                lock (_sockets) _sockets.AddRange([client, server]);
                await server.ConnectAsync(IPAddress.Loopback, _to, _stop.Token);
                _ = CopyAsync(client, server, isAnswer: false);
                _ = CopyAsync(server, client, isAnswer: true);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // it stops
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool isAnswer)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
            {
                if (isAnswer && _cutAnswers)
                {
                    _cutAnswers = false; // whoever asks for the fate is answered
                    break;
                }

                await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // the other side is told below
        }

        from.Dispose();
        to.Dispose();
    }
}
