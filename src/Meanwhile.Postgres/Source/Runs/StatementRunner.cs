using System.Data;
using Meanwhile.Postgres.Source.Parameters;
using Meanwhile.Postgres.Source.Sessions;
using Meanwhile.Postgres.Source.Text;
using Meanwhile.Postgres.Source.Values;
using Meanwhile.Results;
using Meanwhile.Sources;
using Npgsql;
using StatementType = Npgsql.StatementType;

namespace Meanwhile.Postgres.Source.Runs;

/// <summary>Runs the statements of one text in one session: each passes the gate, and then its rows stream to the writer.</summary>
internal sealed class StatementRunner(Session session, Connector connector, ParameterSet parameters, double? costMax, IResultWriter writer, IStatementObserver observer, CancellationToken stop)
{
    private readonly RowPump _pump = new(writer, observer, connector.Time, stop);
    private double _spent;

    /// <summary>Runs a statement.</summary>
    /// <param name="canDropRest">Asked when the writer has enough: whether the rest may be cancelled, or must run to its end because it may have written.</param>
    /// <returns>Whether its result was cut short by cancelling the statement.</returns>
    /// <exception cref="SourceException">It is refused or failed.</exception>
    /// <exception cref="LostException">The connection went with it.</exception>
    public async Task<bool> RunAsync(StatementText statement, Func<ValueTask<bool>> canDropRest)
    {
        stop.ThrowIfCancellationRequested();
        var text = BoundText.Of(statement, parameters);
        if (costMax is { } most) _spent += await Explain.CheckCostAsync(session, statement, parameters, most, _spent, stop);
        var cut = false;
        await ServerFaults.ToldInAsync(text, 0, async () =>
        {
            cut = CopyText.Is(statement)
                ? await new CopyRun(session, connector, writer, _pump, stop).RunAsync(CopyText.Read(statement), canDropRest)
                : await QueryAsync(text, await ThroughGateAsync(text, statement), canDropRest);
        });
        return cut;
    }

    private async Task<IReadOnlyList<Column>> ThroughGateAsync(BoundText text, StatementText statement)
    {
        var columns = await ColumnLookup.OfAsync(session, text, statement);
        return connector.Source.ReadOnly && !StatementPolicy.Reads(statement)
            ? throw new SourceException(StatementPolicy.NotReading(statement) with { Position = BoundText.PositionOf(statement) })
            : columns;
    }

    private async Task<bool> QueryAsync(BoundText text, IReadOnlyList<Column> columns, Func<ValueTask<bool>> canDropRest)
    {
        writer.BeginStatement([.. columns.Select(column => column.Described)]);
        using var batch = RawBatch.Of(session.Connection, text.Sql, text.Values);
        await using var cancel = new CancelRequests(batch.Cancel, connector.Time, stop);
        var reader = await batch.ExecuteReaderAsync(CommandBehavior.SequentialAccess, CancellationToken.None);
        var cut = await Draining.OfAsync(reader, batch, () => MoveAsync(reader, columns, canDropRest));
        stop.ThrowIfCancellationRequested();
        writer.EndStatement(RowsAffected(batch.BatchCommands[0], columns.Count));
        return cut;
    }

    /// <returns>Whether what is left may be cancelled.</returns>
    private async Task<bool> MoveAsync(NpgsqlDataReader reader, IReadOnlyList<Column> columns, Func<ValueTask<bool>> canDropRest)
    {
        using var cells = new CellReader(columns, connector.Source.CellBytesMax, writer);
        while (columns.Count > 0 && await reader.ReadAsync(CancellationToken.None))
        {
            cells.Move(reader);
            if (!await _pump.EndRowAsync()) return await canDropRest();
        }

        return false;
    }

    private static long? RowsAffected(NpgsqlBatchCommand command, int columns) => command.StatementType switch
    {
        StatementType.Insert or StatementType.Update or StatementType.Delete or StatementType.Merge => (long)command.Rows,
        StatementType.Select or StatementType.CreateTableAs when columns == 0 => (long)command.Rows, // SELECT INTO and CREATE TABLE AS
        _ => null,
    };
}
