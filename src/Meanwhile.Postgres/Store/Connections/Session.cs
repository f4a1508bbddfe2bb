using Npgsql;

namespace Meanwhile.Postgres.Store.Connections;

/// <summary>A statement with its parameters.</summary>
internal readonly record struct Call(string Sql, params NpgsqlParameter[] Parameters);

/// <summary>A connection for one piece of work: sends statements several at a time, each batch in one round trip.</summary>
/// <remarks>A batch alone is a transaction. <see cref="Begin"/> at the head of one and <see cref="Commit"/> at the end of a later one make one of all between. Nothing of a session outlives its transaction, so poolers may stand in between.</remarks>
internal sealed class Session(NpgsqlConnection connection, SchemaName schema)
{
    /// <summary>Begins a transaction over several batches.</summary>
    public static readonly Call Begin = new("begin");

    /// <summary>Ends it.</summary>
    public static readonly Call Commit = new("commit");

    /// <summary>Runs at the head of each batch, and fails it where it may not run; null = it may anywhere.</summary>
    public Call? Guard { get; init; }

    /// <summary>The connection itself.</summary>
    public NpgsqlConnection Connection => connection;

    /// <summary>Runs statements in one round trip and reads what the statements that answer rows answer, one reader after the other.</summary>
    /// <param name="read">Called once for each statement that answers rows, in their order, with the statement's index.</param>
    public async ValueTask RunAsync(IReadOnlyList<Call> calls, Func<int, NpgsqlDataReader, CancellationToken, ValueTask> read, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (Guard is { } guard) batch.BatchCommands.Add(Command(guard));
        foreach (var call in calls) batch.BatchCommands.Add(Command(call));
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            if (Guard is not null) await reader.NextResultAsync(cancellationToken);
            var index = 0;
            do
            {
                if (reader.FieldCount > 0) await read(index++, reader, cancellationToken);
            }
            while (await reader.NextResultAsync(cancellationToken));
        }
        finally
        {
            foreach (var command in batch.BatchCommands) command.Parameters.Clear(); // the calls may be made again
        }
    }

    private NpgsqlBatchCommand Command(Call call)
    {
        var command = new NpgsqlBatchCommand(schema.In(call.Sql));
        foreach (var parameter in call.Parameters) command.Parameters.Add(parameter);
        return command;
    }

    /// <summary>Runs statements in one round trip; their rows, if any, are not looked at.</summary>
    public ValueTask RunAsync(IReadOnlyList<Call> calls, CancellationToken cancellationToken) => RunAsync(calls, static (_, _, _) => ValueTask.CompletedTask, cancellationToken);

    /// <summary>Runs statements in one round trip, of which one answers rows, and makes something of each.</summary>
    public async ValueTask<List<T>> ListAsync<T>(IReadOnlyList<Call> calls, Func<NpgsqlDataReader, T> make, CancellationToken cancellationToken)
    {
        List<T> made = [];
        await RunAsync(
            calls,
            async (_, reader, token) =>
            {
                while (await reader.ReadAsync(token)) made.Add(make(reader));
            },
            cancellationToken);
        return made;
    }

    /// <summary>Runs a script of statements without parameters, such as a step of the schema.</summary>
    public async ValueTask ExecuteAsync(string script, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(schema.In(script), connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Runs a statement and makes something of each row.</summary>
    public ValueTask<List<T>> ListAsync<T>(Call call, Func<NpgsqlDataReader, T> make, CancellationToken cancellationToken) => ListAsync([call], make, cancellationToken);

    /// <summary>The first column of the first row; default when there is none or it is null.</summary>
    public async ValueTask<T?> ScalarAsync<T>(Call call, CancellationToken cancellationToken)
    {
        var rows = await ListAsync(call, static reader => reader.IsDBNull(0) ? default : reader.GetFieldValue<T>(0), cancellationToken);
        return rows.Count > 0 ? rows[0] : default;
    }
}
