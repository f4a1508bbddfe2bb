using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Meanwhile.Nodes;
using Meanwhile.Postgres.Store.Claims;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Registry;
using Meanwhile.Postgres.Store.Sql;
using Npgsql;

namespace Meanwhile.Postgres.Store.Nodes;

/// <summary>Hears what other nodes tell, on a connection of its own that leads to the server itself.</summary>
/// <remarks>When only a pooler is known, which gives a session's notifications to others, nothing is heard, and polling finds all.</remarks>
internal sealed class Listener(Database database, QueueScan scan, RegistrySignal registry, TimeProvider time)
{
    private const int WaitingMax = 256; // hints: the oldest may go

    /// <summary>Hears until cancelled, or the connection is lost.</summary>
    public async IAsyncEnumerable<WakeUp> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!database.IsDirect) await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
        var heard = Channel.CreateBounded<WakeUp>(new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropOldest });
        await using var connection = database.Alone.CreateConnection();
        connection.Notification += (_, notification) =>
        {
            if (notification.Payload == WakeUpText.RegistryChanged) registry.Tell();
            else heard.Writer.TryWrite(WakeUpText.Read(notification.Payload));
        };
        await TranslatedAsync(() => BeginAsync(connection, cancellationToken));
        registry.Tell(); // of what was changed while nobody heard
        while (true)
        {
            await TranslatedAsync(() => connection.WaitAsync(cancellationToken));
            while (heard.Reader.TryRead(out var told))
            {
                if (told.Work) scan.Told();
                yield return told;
            }
        }
    }

    private async Task BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.OpenAsync(cancellationToken);
        await using var listen = new NpgsqlCommand(database.Schema.In(NodeSql.Listen), connection);
        await listen.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task TranslatedAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            var told = StoreErrors.Translate(error);
            if (ReferenceEquals(told, error)) throw;
            throw told;
        }
    }
}
