using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Meanwhile.Benchmarks;

/// <summary>One keep-alive connection that sends prepared bytes and reads one answer: as little work as a load generator can do.</summary>
internal sealed class RawHttp : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[1 << 20];

    public static async Task<RawHttp> ConnectAsync(int port)
    {
        var http = new RawHttp();
        await http._socket.ConnectAsync(IPAddress.Loopback, port);
        return http;
    }

    public static byte[] Request(string method, string path, string key, string? body = null)
    {
        var head = new StringBuilder($"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n");
        if (body is not null) head.Append($"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        return Encoding.UTF8.GetBytes(head.Append("\r\n").Append(body).ToString());
    }

    /// <summary>Sends a request and returns the status and the body.</summary>
    public async Task<(int Status, ReadOnlyMemory<byte> Body)> SendAsync(byte[] request)
    {
        await _socket.SendAsync(request);
        var count = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(count));
            if (read == 0) throw new IOException("The server closed the connection.");
            count += read;
            var answer = _buffer.AsSpan(0, count);
            var end = answer.IndexOf("\r\n\r\n"u8);
            if (end < 0) continue;
            var head = Encoding.ASCII.GetString(answer[..end]);
            var status = int.Parse(head.AsSpan(9, 3));
            if (Header(head, "Content-Length") is { } length)
            {
                if (count >= end + 4 + int.Parse(length)) return (status, _buffer.AsMemory(end + 4, int.Parse(length)));
            }
            else if (Header(head, "Transfer-Encoding") is null || answer.EndsWith("0\r\n\r\n"u8))
            {
                return (status, _buffer.AsMemory(end + 4, count - end - 4));
            }
        }
    }

    private static string? Header(string head, string name)
    {
        var at = head.IndexOf($"\r\n{name}:", StringComparison.OrdinalIgnoreCase);
        if (at < 0) return null;
        var end = head.IndexOf("\r\n", at + 2, StringComparison.Ordinal);
        return head[(at + name.Length + 3)..(end < 0 ? head.Length : end)].Trim();
    }

    public void Dispose() => _socket.Dispose();
}
