using System.Data;
using System.Runtime.CompilerServices;
using Meanwhile.Postgres.Source.Parameters;
using Npgsql;
using NpgsqlTypes;

namespace Meanwhile.Postgres.Source.Sessions;

/// <summary>Makes batches whose texts reach the server as they are, and whose values come as text.</summary>
/// <remarks>
/// NpgsqlCommand reads a text without parameters itself and splits it at what it takes for semicolons; wherever it reads otherwise than the server does,
/// one statement would become two. A batch sends raw Parse messages, in which the server accepts one statement alone. Asking for text is public on
/// the command only, so the batch's own property is reached by name.
/// </remarks>
internal static class RawBatch
{
    /// <summary>A batch of statements.</summary>
    public static NpgsqlBatch Of(NpgsqlConnection connection, params IReadOnlyList<string> statements)
    {
        var batch = new NpgsqlBatch(connection);
        foreach (var sql in statements) batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        AskForText(batch, true);
        return batch;
    }

    /// <summary>A batch of one statement with parameters as text.</summary>
    public static NpgsqlBatch Of(NpgsqlConnection connection, string sql, IReadOnlyList<ParameterValue> values)
    {
        var batch = Of(connection, sql);
        foreach (var value in values)
        {
            batch.BatchCommands[0].Parameters.Add(value.IsBytes
                ? new NpgsqlParameter { Value = Convert.FromHexString(value.Text.AsSpan(2)), NpgsqlDbType = NpgsqlDbType.Bytea }
                : new NpgsqlParameter { Value = (object?)value.Text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Unknown });
        }

        return batch;
    }

    /// <summary>Runs statements of our own.</summary>
    /// <returns>The last one's rows.</returns>
    public static async Task<List<string?[]>> RowsAsync(this NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        List<string?[]> rows = [];
        await using var reader = await batch.ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);
        do
        {
            rows.Clear();
            while (await reader.ReadAsync(cancellationToken))
            {
                var row = new string?[reader.FieldCount];
                for (var i = 0; i < row.Length; i++) row[i] = reader.IsDBNull(i) ? null : reader.GetString(i);
                rows.Add(row);
            }
        }
        while (await reader.NextResultAsync(cancellationToken));

        return rows;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_AllResultTypesAreUnknown")]
    private static extern void AskForText(NpgsqlBatch batch, bool value);
}
