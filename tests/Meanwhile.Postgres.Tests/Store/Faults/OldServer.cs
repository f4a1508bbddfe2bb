using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Meanwhile.Postgres.Tests.Store.Faults;

/// <summary>Answers a start-up as a server of some version does, over the wire: no TLS, no password. Whatever is asked then is not answered.</summary>
internal sealed class OldServer : IAsyncDisposable
{
    private const int SslRequest = 80877103;
    private const int GssRequest = 80877104;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _version;

    public OldServer(string version)
    {
        _version = version;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>How Npgsql reaches it; it has no types to load.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={((IPEndPoint)_listener.LocalEndpoint).Port};Database=d;Username=u;Password=p;Server Compatibility Mode=NoTypeLoading";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception closed) when (closed is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        var stream = client.GetStream();
        while (await ReadStartAsync(stream) is SslRequest or GssRequest) await stream.WriteAsync("N"u8.ToArray(), _stop.Token);
        await stream.WriteAsync(Message('R', new byte[4]), _stop.Token); // authenticated
        foreach (var (name, value) in new[] { ("server_version", _version), ("server_encoding", "UTF8"), ("client_encoding", "UTF8"), ("integer_datetimes", "on"), ("standard_conforming_strings", "on"), ("TimeZone", "UTC") })
            await stream.WriteAsync(Message('S', Encoding.UTF8.GetBytes($"{name}\0{value}\0")), _stop.Token);
        await stream.WriteAsync(Message('K', new byte[8]), _stop.Token);
        await stream.WriteAsync(Message('Z', "I"u8.ToArray()), _stop.Token);
        var rest = new byte[1024];
        while (await stream.ReadAsync(rest, _stop.Token) > 0)
        {
        }
    }

    private async Task<int> ReadStartAsync(NetworkStream stream)
    {
        var head = new byte[8];
        await stream.ReadExactlyAsync(head, _stop.Token);
        await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(head) - head.Length], _stop.Token);
        return BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4));
    }

    private static byte[] Message(char kind, byte[] body)
    {
        var message = new byte[1 + 4 + body.Length];
        message[0] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + body.Length);
        body.CopyTo(message, 5);
        return message;
    }
}
