using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Meanwhile.Results;

/// <summary>Any rows, spooled and read in any form, are the same rows once they are parsed again.</summary>
public sealed class ResultPropertyTests
{
    private static readonly Gen<object?> Cells = Gen.OneOf(
        Gen.Constant<object?>(null),
        ArbMap.Default.GeneratorFor<bool>().Select(value => (object?)value),
        ArbMap.Default.GeneratorFor<long>().Select(value => (object?)value),
        Gen.Elements<object?>(long.MinValue, long.MaxValue, 0L, 0d, -0d, 1d, double.Epsilon, double.MaxValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e15, 1e16, 1e21, 123456789012345678d),
        ArbMap.Default.GeneratorFor<long>().Select(bits => (object?)BitConverter.Int64BitsToDouble(bits)).Where(value => !double.IsNaN((double)value!)),
        ArbMap.Default.GeneratorFor<double>().Select(value => (object?)value),
        Gen.Elements("", "a", "null", "é€😀", "\0", "\u001f\"\\/\b\f\n\r\t", "\u2028\u007f", "a,b", "\r\n", "\"", "1", "{\"$bytes\":\"AA==\"}").Select(text => (object?)new Text(Encoding.UTF8.GetBytes(text))),
        ArbMap.Default.GeneratorFor<byte[]>().Where(bytes => bytes is not null).Select(bytes => (object?)new Text(bytes)),
        ArbMap.Default.GeneratorFor<byte[]>().Where(bytes => bytes is not null).Select(bytes => (object?)bytes));

    private static readonly Arbitrary<object?[][]> Tables =
        (from columns in Gen.Choose(1, 5)
         from rows in Cells.ArrayOf(columns).ListOf()
         select rows.ToArray()).ToArbitrary();

    private static readonly Arbitrary<int> PartitionSizes = Gen.Elements(1, 40, 300, 1 << 20).ToArbitrary();

    [Fact]
    public void Pages_give_equal_cells() => Check((spool, manifest) =>
    {
        List<object?[]> rows = [];
        ResultPage page;
        string? cursor = null;
        do
        {
            page = spool.PageAsync(manifest, new ResultRequest { Limit = 3, Cursor = cursor }).AsTask().GetAwaiter().GetResult();
            rows.AddRange(page.Rows.Select(row => ParseRow(JsonDocument.Parse(row).RootElement)));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return rows;
    });

    [Fact]
    public void Ndjson_gives_equal_cells() => Check((spool, manifest) =>
        [.. Export(spool, manifest, ResultFormat.Ndjson).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => ParseRow(JsonDocument.Parse(line).RootElement))]);

    [Fact]
    public void Json_gives_equal_cells() => Check((spool, manifest) =>
        [.. JsonDocument.Parse(Export(spool, manifest, ResultFormat.Json)).RootElement.EnumerateArray().Select(ParseRow)]);

    [Fact]
    public void Json_of_objects_with_numbers_as_strings_gives_equal_words() => CheckWords((spool, manifest) =>
        [.. JsonDocument.Parse(Export(spool, manifest, ResultFormat.Json, new ResultRequest { Rows = RowShape.Objects, Numbers = NumberShape.Strings })).RootElement
            .EnumerateArray().Select(row => row.EnumerateObject().Select(cell => WordOf(cell.Value)).ToArray())]);

    [Fact]
    public void Csv_gives_equal_words_and_keeps_null_apart() => CheckWords((spool, manifest) => [.. CsvText.Parse(Export(spool, manifest, ResultFormat.Csv)).Skip(1)]);

    private static void Check(Func<Spool, ResultManifest, List<object?[]>> read) =>
        Prop.ForAll(Tables, PartitionSizes, (table, partitionBytes) => With(table, partitionBytes, (spool, manifest) =>
            Assert.Equal(table.Select(row => row.Select(Comparable)), read(spool, manifest).Select(row => row.Select(Comparable))))).QuickCheckThrowOnFailure();

    private static void CheckWords(Func<Spool, ResultManifest, List<string?[]>> read) =>
        Prop.ForAll(Tables, PartitionSizes, (table, partitionBytes) => With(table, partitionBytes, (spool, manifest) =>
            Assert.Equal(table.Select(row => row.Select(Word)), read(spool, manifest)))).QuickCheckThrowOnFailure();

    private static void With(object?[][] table, int partitionBytes, Action<Spool, ResultManifest> check)
    {
        Spool spool = new(new ResultOptions { PartitionBytes = partitionBytes, InlineBytesMax = 30 });
        spool.Writer.BeginStatement(Spool.Columns(Enumerable.Repeat("c", table.FirstOrDefault([]).Length)));
        foreach (var row in table)
        {
            foreach (var cell in row) Write(spool.Writer, cell);
            if (spool.Writer.EndRow() == RowAnswer.Flush) spool.Writer.FlushAsync(default).AsTask().GetAwaiter().GetResult();
        }

        spool.Writer.EndStatement(null);
        check(spool, spool.Writer.CompleteAsync(default).AsTask().GetAwaiter().GetResult());
    }

    private static string Export(Spool spool, ResultManifest manifest, ResultFormat format, ResultRequest? request = null) =>
        spool.ExportAsync(manifest, format, request).GetAwaiter().GetResult();

    private static void Write(ResultSpooler writer, object? cell)
    {
        switch (cell)
        {
            case null: writer.Null(); break;
            case bool value: writer.Boolean(value); break;
            case long value: writer.Int64(value); break;
            case double value: writer.Double(value); break;
            case Text value: writer.Text(value.Utf8); break;
            case byte[] value: writer.Bytes(value); break;
            default: throw new InvalidOperationException($"No cell: {cell}");
        }
    }

    private static object?[] ParseRow(JsonElement row) => [.. row.EnumerateArray().Select(ParseCell)];

    private static object? ParseCell(JsonElement cell) => cell.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => new Text(Encoding.UTF8.GetBytes(cell.GetString()!)),
        JsonValueKind.Number when cell.GetRawText().AsSpan().ContainsAny('.', 'E') => cell.GetDouble(),
        JsonValueKind.Number => cell.GetInt64(),
        _ when cell.TryGetProperty("$float", out var word) => double.Parse(word.GetString()!, CultureInfo.InvariantCulture),
        _ when cell.TryGetProperty("$text", out var text) => new Text(text.GetBytesFromBase64()),
        _ => cell.GetProperty("$bytes").GetBytesFromBase64(),
    };

    private static string Comparable(object? cell) => cell switch
    {
        null => "null",
        double value => $"double {BitConverter.DoubleToInt64Bits(double.IsNaN(value) ? double.NaN : value):x}",
        Text value => $"text {Convert.ToHexString(value.Utf8)}",
        byte[] value => $"bytes {Convert.ToHexString(value)}",
        _ => $"{cell.GetType().Name} {cell}",
    };

    /// <summary>A cell as a form without types shows it.</summary>
    private static string? Word(object? cell) => cell switch
    {
        null => null,
        bool value => value ? "true" : "false",
        double value when double.IsFinite(value) => DoubleWord(value),
        double value => value.ToString(CultureInfo.InvariantCulture),
        Text value when System.Text.Unicode.Utf8.IsValid(value.Utf8) => Encoding.UTF8.GetString(value.Utf8),
        Text value => Convert.ToBase64String(value.Utf8),
        byte[] value => Convert.ToBase64String(value),
        _ => ((long)cell).ToString(CultureInfo.InvariantCulture),
    };

    private static string DoubleWord(double value)
    {
        var word = value.ToString(CultureInfo.InvariantCulture);
        return word.AsSpan().ContainsAny('.', 'E') ? word : word + ".0";
    }

    private static string? WordOf(JsonElement cell) => cell.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.String => cell.GetString(),
        JsonValueKind.Object => cell.EnumerateObject().Single().Value.GetString(),
        _ => throw new InvalidOperationException($"A number came as one: {cell}"),
    };

    private sealed record Text(byte[] Utf8);
}
