using Npgsql;

namespace Meanwhile.Postgres.Source.Runs;

/// <summary>Reads a result to its end whatever happens, so that the connection is ready for the next statement, and cancels what nobody wants to read.</summary>
internal static class Draining
{
    /// <summary>Does the reading, then closes the reader.</summary>
    /// <param name="read">Returns whether the rest is to be cancelled; where it throws, the rest is cancelled too.</param>
    /// <returns>Whether the rest was cancelled.</returns>
    public static async Task<bool> OfAsync(NpgsqlDataReader reader, NpgsqlBatch batch, Func<Task<bool>> read)
    {
        var drop = true;
        try
        {
            drop = await read();
        }
        finally
        {
            if (drop) await DropAsync(reader, batch);
        }

        if (drop) return true;
        while (await reader.NextResultAsync(CancellationToken.None))
        {
            // there is one result; what is left of it is read over
        }

        await reader.DisposeAsync();
        return false;
    }

    private static async ValueTask DropAsync(NpgsqlDataReader reader, NpgsqlBatch batch)
    {
        batch.Cancel();
        try
        {
            await reader.DisposeAsync();
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or IOException)
        {
            // that is how a cancelled statement ends
        }
    }
}
