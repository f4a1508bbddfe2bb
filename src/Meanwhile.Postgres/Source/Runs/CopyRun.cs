using Meanwhile.Postgres.Source.Sessions;
using Meanwhile.Postgres.Source.Text;
using Meanwhile.Postgres.Source.Values;
using Meanwhile.Results;
using Npgsql;

namespace Meanwhile.Postgres.Source.Runs;

/// <summary>Runs <c>COPY ... TO STDOUT</c>: its CSV becomes rows of text.</summary>
internal sealed class CopyRun(Session session, Connector connector, IResultWriter writer, RowPump pump, CancellationToken stop)
{
    /// <summary>Runs it.</summary>
    /// <returns>Whether its result was cut short by cancelling it.</returns>
    public async Task<bool> RunAsync(CopyText copy, Func<ValueTask<bool>> canDropRest)
    {
        await ColumnLookup.PassAsync(session, copy.Sql); // COPY goes as a simple query, in which the server would accept several
        var reader = await session.Connection.BeginTextExportAsync(copy.Sql, CancellationToken.None);
        await using var cancel = new CancelRequests(reader.Cancel, connector.Time, stop);
        var drop = true;
        try
        {
            drop = await MoveAsync(new CsvReader(reader, connector.Source.CellBytesMax + 1)) && await canDropRest();
        }
        finally
        {
            if (drop) await DropAsync(reader);
        }

        if (!drop) await reader.DisposeAsync();
        stop.ThrowIfCancellationRequested();
        writer.EndStatement(rowsAffected: null);
        return drop;
    }

    /// <returns>Whether the writer had enough.</returns>
    private async Task<bool> MoveAsync(CsvReader csv)
    {
        var header = await csv.ReadAsync(CancellationToken.None) ?? [];
        writer.BeginStatement([.. header.Select(name => new ResultColumn { Name = name ?? "", Type = "text" })]);
        while (await csv.ReadAsync(CancellationToken.None) is { } row)
        {
            foreach (var cell in row) csv.Write(cell, writer);
            if (row.Count > 0 && !await pump.EndRowAsync()) return true;
        }

        return false;
    }

    private static async ValueTask DropAsync(NpgsqlCopyTextReader reader)
    {
        try
        {
            await reader.CancelAsync();
            await reader.DisposeAsync();
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // that is how a cancelled export ends
        }
    }
}
