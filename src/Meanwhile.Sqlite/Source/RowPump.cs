using Meanwhile.Results;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source;

/// <summary>Moves the rows of one statement into the writer, value by value, each as the type it is stored as.</summary>
internal sealed unsafe class RowPump(IResultWriter writer, CancellationToken stop)
{
    /// <summary>Rows handed over so far, of all statements.</summary>
    public long Rows { get; private set; }

    /// <summary>Runs a statement to its end, or until the writer has enough.</summary>
    /// <returns>SQLite's last code: done when the writer had enough.</returns>
    public int Run(PreparedStatement statement, int columns)
    {
        var handle = statement.Handle;
        int code;
        while ((code = NativeCalls.Step(handle)) == ResultCode.Row)
        {
            for (var column = 0; column < columns; column++) Write(handle, column);
            var answer = columns == 0 ? RowAnswer.Continue : writer.EndRow();
            if (answer == RowAnswer.LimitReached) return statement.Reset() is var ended && ended == ResultCode.Ok ? ResultCode.Done : ended;

            Rows++;
            if (answer == RowAnswer.Flush) Blocking.Wait(writer.FlushAsync(stop));
        }

        return code;
    }

    private void Write(nint statement, int column)
    {
        switch (NativeCalls.ColumnType(statement, column))
        {
            case ValueKind.Integer:
                writer.Int64(NativeCalls.ColumnInt64(statement, column));
                break;
            case ValueKind.Float:
                writer.Double(NativeCalls.ColumnDouble(statement, column));
                break;
            case ValueKind.Text:
                var text = NativeCalls.ColumnText(statement, column); // before its length: it may have to be converted
                writer.Text(Span(statement, column, text));
                break;
            case ValueKind.Blob:
                var blob = NativeCalls.ColumnBlob(statement, column);
                writer.Bytes(Span(statement, column, blob));
                break;
            default:
                writer.Null();
                break;
        }
    }

    private static ReadOnlySpan<byte> Span(nint statement, int column, byte* start)
    {
        var length = NativeCalls.ColumnBytes(statement, column);
        if (start is not null || length == 0 && NativeCalls.ColumnType(statement, column) != ValueKind.Null) return new ReadOnlySpan<byte>(start, length);

        throw new SourceException(SqliteErrors.Of(ResultCode.NoMem, "There is no memory for a value."));
    }
}
