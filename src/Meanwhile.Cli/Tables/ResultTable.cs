using System.Text.Json;
using Meanwhile.Results;

namespace Meanwhile.Cli.Tables;

/// <summary>A page of a result as a table.</summary>
internal static class ResultTable
{
    /// <summary>The page's rows, which must have come as arrays.</summary>
    public static Table Of(ResultPage page) => new(
        [.. page.Columns.Select(column => column.Name)],
        [.. page.Rows.Select(row => Cells(row))]);

    private static IReadOnlyList<Cell> Cells(ReadOnlyMemory<byte> row)
    {
        using var json = JsonDocument.Parse(row);
        return [.. json.RootElement.EnumerateArray().Select(Of)];
    }

    private static Cell Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => Cell.Null,
        JsonValueKind.String => Cell.Of(value.GetString()),
        JsonValueKind.Number => new Cell(value.GetRawText(), IsNumber: true),
        JsonValueKind.Object => Tagged(value),
        JsonValueKind.Array or JsonValueKind.True or JsonValueKind.False => new Cell(Printable.Of(value.GetRawText())),
    };

    /// <summary>What JSON can't say comes tagged; a person reads it more easily without.</summary>
    private static Cell Tagged(JsonElement value) => value.EnumerateObject().FirstOrDefault() switch
    {
        { Name: "$float", Value.ValueKind: JsonValueKind.String } tag => new Cell(tag.Value.GetString()!, IsNumber: true),
        { Name: "$bytes", Value.ValueKind: JsonValueKind.String } tag => new Cell($"x'{Convert.ToHexString(tag.Value.GetBytesFromBase64())}'"),
        _ => new Cell(Printable.Of(value.GetRawText())),
    };
}
