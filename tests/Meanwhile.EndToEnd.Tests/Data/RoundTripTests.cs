using System.Globalization;
using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Results;
using Meanwhile.Samples.Data;

namespace Meanwhile.EndToEnd.Tests.Data;

public sealed class RoundTripTests(SampleServer sample)
{
    private const int PageRows = 777; // no divisor of any table's size, so that the last page is short

    public static TheoryData<string, string> Tables =>
    [
        .. from source in new[] { "flights", "texts" } from table in SampleTable.All select new TheoryDataRow<string, string>(source, table.Name),
    ];

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task Real_data_comes_back_cell_by_cell_in_every_format(string source, string table)
    {
        // Given the file's cells, and a query for all of them
        var expected = Expected(source, table);
        using var client = sample.Server.Client();
        using var sql = JsonDocument.Parse($$"""{"sql": "select * from {{table}} order by rowid"}""");
        var job = await client.RunAsync(new JobRequest { Tool = "query", Source = source, Params = sql.RootElement }, CancellationToken.None);
        Assert.Equal(Meanwhile.Jobs.JobStatus.Succeeded, job.Status);

        // When the result is read page by page, as NDJSON and as CSV
        var id = job.Id.ToString();
        var pages = await ReadPagesAsync(client, id);
        var ndjson = (await ExportAsync(client, id, ResultFormat.Ndjson)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Cells).ToList();
        var json = Rows(await ExportAsync(client, id, ResultFormat.Json));
        var csv = CsvCells.Read(new StringReader(await ExportAsync(client, id, ResultFormat.Csv))).ToList();

        // Then each cell is the one of the file, and NULL is not the empty text
        Assert.Equal(expected.Skip(1), pages);
        Assert.Equal(expected.Skip(1), ndjson);
        Assert.Equal(expected.Skip(1), json);
        Assert.Equal(expected, csv);
    }

    /// <summary>The header and the rows, each cell as JSON and CSV write it; null for NULL.</summary>
    private static List<string?[]> Expected(string source, string table)
    {
        var empty = source == "texts" ? "" : null;
        return [.. SampleTable.All.Single(one => one.Name == table).ReadCells().Select(cells => cells.Select(cell => cell.Length == 0 ? empty : cell).ToArray())];
    }

    private static async Task<List<string?[]>> ReadPagesAsync(MeanwhileClient client, string job)
    {
        List<string?[]> rows = [];
        var request = new ResultRequest { Limit = PageRows };
        while (true)
        {
            var page = await client.ReadResultAsync(job, request, CancellationToken.None);
            Assert.True(page.Complete);
            Assert.Equal(rows.Count, page.Offset);
            rows.AddRange(page.Rows.Select(row => Cells(System.Text.Encoding.UTF8.GetString(row.Span))));
            if (page.NextCursor is null) return rows;
            request = request with { Cursor = page.NextCursor };
        }
    }

    private static async Task<string> ExportAsync(MeanwhileClient client, string job, ResultFormat format)
    {
        using var bytes = new MemoryStream();
        await client.ExportResultAsync(job, new ResultRequest(), format, bytes, CancellationToken.None);
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static List<string?[]> Rows(string text)
    {
        using var json = JsonDocument.Parse(text);
        return [.. json.RootElement.EnumerateArray().Select(Cells)];
    }

    private static string?[] Cells(string line)
    {
        using var json = JsonDocument.Parse(line);
        return Cells(json.RootElement);
    }

    private static string?[] Cells(JsonElement row) => [.. row.EnumerateArray().Select(cell => cell.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number => Number(cell),
        _ => cell.GetString(),
    })];

    private static string Number(JsonElement cell) =>
        cell.TryGetInt64(out var whole) ? whole.ToString(CultureInfo.InvariantCulture) : cell.GetDouble().ToString("R", CultureInfo.InvariantCulture);
}
