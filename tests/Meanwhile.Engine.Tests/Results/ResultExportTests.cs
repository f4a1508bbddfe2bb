using System.Text;

namespace Meanwhile.Results;

public sealed class ResultExportTests
{
    [Fact]
    public async Task Csv_keeps_null_apart_from_the_empty_string_and_quotes_what_it_must()
    {
        await using Spool spool = new();
        spool.Writer.BeginStatement(Spool.Columns("plain", "com,ma", "", "q\""));
        Row("a", "b,c", "", null);
        Row("q\"q", "line\nbreak", "\r", " é😀\t\u0001");
        spool.Writer.EndStatement(null);

        var csv = await spool.ExportAsync(await spool.Writer.CompleteAsync(default), ResultFormat.Csv);

        Assert.Equal("plain,\"com,ma\",\"\",\"q\"\"\"\r\na,\"b,c\",\"\",\r\n\"q\"\"q\",\"line\nbreak\",\"\r\", é😀\t\u0001\r\n", csv);

        void Row(params string?[] cells)
        {
            foreach (var cell in cells)
            {
                if (cell is null) spool.Writer.Null();
                else spool.Writer.Text(Encoding.UTF8.GetBytes(cell));
            }

            spool.Writer.EndRow();
        }
    }

    [Fact]
    public async Task Csv_writes_each_kind_of_cell_plainly()
    {
        await using Spool spool = new();
        spool.Writer.BeginStatement(Spool.Columns("a", "b", "c", "d", "e", "f", "g", "h", "i"));
        spool.Writer.Int64(-7);
        spool.Writer.Double(2);
        spool.Writer.Double(double.NegativeInfinity);
        spool.Writer.Bytes([1, 2, 3]);
        spool.Writer.Text([0xFF]);
        spool.Writer.Boolean(false);
        spool.Writer.Json("""{"a":"b,c"}"""u8);
        spool.Writer.Json("""{"$bytes":"x","y":1}"""u8);
        spool.Writer.Json("""
            "\u00e9\ud83d\ude00\/\b\f\ud800\""
            """u8);
        spool.Writer.EndRow();
        spool.Writer.EndStatement(null);

        var csv = await spool.ExportAsync(await spool.Writer.CompleteAsync(default), ResultFormat.Csv);

        Assert.Equal("""-7,2.0,-Infinity,AQID,/w==,false,"{""a"":""b,c""}","{""$bytes"":""x"",""y"":1}","é😀/""" + "\b\f\\ud800\"\"\"\r\n", csv[(csv.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
    }

    [Theory]
    [InlineData(ResultFormat.Json)]
    [InlineData(ResultFormat.Ndjson)]
    [InlineData(ResultFormat.Csv)]
    public async Task Offset_and_limit_hold_in_every_format_across_partitions(ResultFormat format)
    {
        await using Spool spool = new(new ResultOptions { PartitionBytes = 200, InlineBytesMax = 0 });
        await spool.CountAsync(300);
        var manifest = await spool.Writer.CompleteAsync(default);

        foreach (var (offset, limit) in (ValueTuple<long, int?>[])[(0, null), (0, 1), (5, 100), (299, 5), (20, 0), (300, 1), (250, null)])
        {
            var text = await spool.ExportAsync(manifest, format, new ResultRequest { Offset = offset, Limit = limit });
            var rows = format == ResultFormat.Json
                ? System.Text.Json.JsonDocument.Parse(text).RootElement.EnumerateArray().Select(row => row[0].GetInt64())
                : text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(format == ResultFormat.Csv ? 1 : 0).Select(line => long.Parse(line.Trim('[').Split(',')[0]));
            Assert.Equal(Enumerable.Range(0, 300).Select(row => (long)row).Skip((int)offset).Take(limit ?? int.MaxValue), rows);
        }
    }

    [Fact]
    public async Task Shapes_hold_in_exports()
    {
        await using Spool spool = new();
        await spool.CountAsync(2);
        var manifest = await spool.Writer.CompleteAsync(default);
        ResultRequest request = new() { Rows = RowShape.Objects, Numbers = NumberShape.Strings };

        Assert.Equal("{\"n\":\"0\",\"padding\":\"\"}\n{\"n\":\"1\",\"padding\":\"\"}\n", await spool.ExportAsync(manifest, ResultFormat.Ndjson, request));
        Assert.Equal("[\n{\"n\":\"0\",\"padding\":\"\"},\n{\"n\":\"1\",\"padding\":\"\"}\n]\n", await spool.ExportAsync(manifest, ResultFormat.Json, request));
    }

    [Fact]
    public async Task Nothing_exported_is_well_formed_too()
    {
        await using Spool spool = new();
        await spool.CountAsync(0);
        var manifest = await spool.Writer.CompleteAsync(default);

        Assert.Equal("", await spool.ExportAsync(manifest, ResultFormat.Ndjson));
        Assert.Equal("[\n]\n", await spool.ExportAsync(manifest, ResultFormat.Json));
        Assert.Equal("n,padding\r\n", await spool.ExportAsync(manifest, ResultFormat.Csv));
        Assert.Equal("", await spool.ExportAsync(new ResultManifest(), ResultFormat.Csv));
    }
}
