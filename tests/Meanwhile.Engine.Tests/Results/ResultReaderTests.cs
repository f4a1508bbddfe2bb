using System.Text;
using Meanwhile.Jobs;
using Meanwhile.Problems;

namespace Meanwhile.Results;

public sealed class ResultReaderTests
{
    private static readonly ResultOptions Small = new() { PartitionBytes = 1000, InlineBytesMax = 100 };

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(100)]
    public async Task Pages_followed_by_their_cursors_give_every_row_once(int inlineBytesMax)
    {
        await using Spool spool = new(Small with { InlineBytesMax = inlineBytesMax, PartitionBytes = Math.Max(1000, inlineBytesMax) });
        await spool.CountAsync(1000);
        var manifest = await spool.Writer.CompleteAsync(default);

        List<string> rows = [];
        ResultPage page;
        string? cursor = null;
        do
        {
            page = await spool.PageAsync(manifest, new ResultRequest { Limit = 77, Cursor = cursor });
            Assert.Equal((rows.Count, 1000L), (page.Offset, page.RowCount));
            rows.AddRange(Spool.Texts(page));
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(0, 1000).Select(row => $"[{row},\"\"]"), rows);
    }

    [Fact]
    public async Task A_page_says_what_it_is()
    {
        await using Spool spool = new(new ResultOptions { RowsMax = 5 });
        await spool.CountAsync(6);
        var manifest = await spool.Writer.CompleteAsync(default) with { Summary = "{}" };

        var page = await spool.PageAsync(manifest, new ResultRequest { Offset = 2, Limit = 2 });

        Assert.Equal(["[2,\"\"]", "[3,\"\"]"], Spool.Texts(page));
        Assert.Equal((0, 1, 2L, 5L, Truncation.Rows, false), (page.Statement, page.StatementCount, page.Offset, page.RowCount, page.TruncatedBy, page.Complete));
        Assert.Equal(["n", "padding"], page.Columns.Select(column => column.Name));
        Assert.Equal(("{}", Spool.ExpiresAt), (page.Summary, page.ExpiresAt));
    }

    [Fact]
    public async Task A_page_decodes_only_the_partitions_that_it_touches()
    {
        await using Spool spool = new(Small);
        await spool.CountAsync(1000);
        var manifest = await spool.Writer.CompleteAsync(default);
        var touched = manifest.Statements[0].Partitions[3];

        await spool.PageAsync(manifest, new ResultRequest { Offset = touched.FirstRow + 1, Limit = 3 });

        Assert.Equal((1, (long)touched.Length), (spool.Blobs.Opens, spool.Blobs.BytesRead));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(long.MaxValue)]
    public async Task Beyond_the_end_a_page_is_empty(long offset)
    {
        await using Spool spool = new();
        await spool.CountAsync(10);

        var page = await spool.PageAsync(await spool.Writer.CompleteAsync(default), new ResultRequest { Offset = offset });

        Assert.Empty(page.Rows);
        Assert.Equal((10, null), (page.RowCount, page.NextCursor));
    }

    [Fact]
    public async Task A_page_ends_early_when_its_rows_are_large()
    {
        await using Spool spool = new();
        await spool.CountAsync(12, new string('x', 1 << 20));
        var manifest = await spool.Writer.CompleteAsync(default);

        var page = await spool.PageAsync(manifest);
        var next = await spool.PageAsync(manifest, new ResultRequest { Cursor = page.NextCursor });

        Assert.Equal(7, page.Rows.Count); // an eighth would be just over 8 MiB
        Assert.Equal((7, 5, null), (next.Offset, next.Rows.Count, next.NextCursor));
    }

    [Fact]
    public async Task Rows_as_objects_give_repeated_names_a_number_that_is_free()
    {
        await using Spool spool = new();
        spool.Writer.BeginStatement(Spool.Columns("a", "a", "a_2", "a", "", "", "q\""));
        for (var cell = 0; cell < 7; cell++) spool.Writer.Int64(cell);
        spool.Writer.EndRow();
        spool.Writer.EndStatement(null);

        var page = await spool.PageAsync(await spool.Writer.CompleteAsync(default), new ResultRequest { Rows = RowShape.Objects });

        Assert.Equal(["""{"a":0,"a_3":1,"a_2":2,"a_4":3,"":4,"_2":5,"q\"":6}"""], Spool.Texts(page));
    }

    [Fact]
    public async Task Numbers_as_strings_are_those_of_cells_and_not_those_within()
    {
        await using Spool spool = new();
        spool.Writer.BeginStatement(Spool.Columns("a", "b", "c", "d", "e", "f", "g"));
        spool.Writer.Int64(long.MaxValue);
        spool.Writer.Double(-0.5);
        spool.Writer.Text("1,\"]"u8);
        spool.Writer.Json("""[1,{"a]\"":[2]}]"""u8);
        spool.Writer.Double(double.PositiveInfinity);
        spool.Writer.Null();
        spool.Writer.Boolean(true);
        spool.Writer.EndRow();
        spool.Writer.EndStatement(null);

        var page = await spool.PageAsync(await spool.Writer.CompleteAsync(default), new ResultRequest { Numbers = NumberShape.Strings });

        Assert.Equal(["""["9223372036854775807","-0.5","1,\"]",[1,{"a]\"":[2]}],{"$float":"Infinity"},null,true]"""], Spool.Texts(page));
    }

    [Fact]
    public async Task A_result_without_columns_has_a_page_that_says_what_changed()
    {
        await using Spool spool = new();
        spool.Writer.BeginStatement([]);
        spool.Writer.EndStatement(rowsAffected: 3);

        var page = await spool.PageAsync(await spool.Writer.CompleteAsync(default));

        Assert.Equal((0, 1, 3L, 0L), (page.Statement, page.StatementCount, page.RowsAffected, page.RowCount));
        Assert.Empty(page.Rows);
    }

    [Fact]
    public async Task A_result_without_statements_has_an_empty_page()
    {
        await using Spool spool = new();

        var page = await spool.PageAsync(new ResultManifest { Summary = "1" });

        Assert.Equal((0, 0, 0L, "1"), (page.Statement, page.StatementCount, page.RowCount, page.Summary));
    }

    [Theory]
    [InlineData(0, 0L, null, "limit")]
    [InlineData(10_001, 0L, null, "limit")]
    [InlineData(1, -1L, null, "offset")]
    [InlineData(1, 0L, -1, "statement")]
    [InlineData(1, 0L, 1, "statement")]
    public async Task What_is_out_of_range_is_refused_with_its_field(int limit, long offset, int? statement, string field)
    {
        await using Spool spool = new();
        await spool.CountAsync(1);
        var manifest = await spool.Writer.CompleteAsync(default);

        var refusal = await Assert.ThrowsAsync<ProblemException>(async () =>
            await spool.PageAsync(manifest, new ResultRequest { Limit = limit, Offset = offset, Statement = statement }));

        Assert.Equal(ProblemCodes.InvalidRequest, refusal.Problem.Code);
        Assert.Equal(field, Assert.Single(refusal.Problem.Errors).Field);
        Assert.StartsWith($"{field} is ", refusal.Problem.Detail);
        Assert.StartsWith("is ", refusal.Problem.Errors[0].Message);
    }

    [Fact]
    public async Task A_cursor_from_elsewhere_is_refused()
    {
        await using Spool spool = new();
        await spool.CountAsync(10);
        await spool.CountAsync(10);
        var manifest = await spool.Writer.CompleteAsync(default);
        var cursor = (await spool.PageAsync(manifest, new ResultRequest { Limit = 1 })).NextCursor!;
        JobId otherJob = new(new Guid("0199b2f0-1234-7abc-8def-000000000000"));

        await RefusedAsync(new ResultRequest { Cursor = cursor, Statement = 0 });
        await RefusedAsync(new ResultRequest { Cursor = cursor, Rows = RowShape.Objects });
        await RefusedAsync(new ResultRequest { Cursor = cursor, Numbers = NumberShape.Strings });
        await RefusedAsync(new ResultRequest { Cursor = cursor }, otherJob);
        foreach (var text in (string[])["", "x", "!", cursor + "AAAA", cursor[..^1], 'B' + cursor[1..], cursor[..8] + "zz" + cursor[10..]]) await RefusedAsync(new ResultRequest { Cursor = text });
        Assert.Equal(9, (await spool.PageAsync(manifest, new ResultRequest { Cursor = cursor, Statement = 1, Limit = 100 })).Rows.Count);

        async Task RefusedAsync(ResultRequest request, JobId? job = null)
        {
            var refusal = await Assert.ThrowsAsync<ProblemException>(async () =>
                await spool.Reader.ReadPageAsync(job ?? Spool.Fence.Job, manifest, Spool.ExpiresAt, request, default));
            Assert.Equal(ProblemCodes.InvalidCursor, refusal.Problem.Code);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_changed_byte_is_detected_before_a_row_is_handed_out(bool compress)
    {
        await using Spool spool = new(Small with { Compress = compress });
        await spool.CountAsync(1000);
        var manifest = await spool.Writer.CompleteAsync(default);
        var damaged = manifest.Statements[0].Partitions[2];
        spool.Model.Content(manifest.Object!)[damaged.Offset + (damaged.Length / 2)] ^= 1;

        await spool.PageAsync(manifest, new ResultRequest { Limit = 10 }); // the others can still be read
        var refusal = await Assert.ThrowsAsync<ProblemException>(async () => await spool.PageAsync(manifest, new ResultRequest { Offset = damaged.FirstRow, Limit = 1 }));

        Assert.Equal(ProblemCodes.Internal, refusal.Problem.Code);
        Assert.Contains("checksum", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_object_is_said_to_be_lost()
    {
        await using Spool spool = new(Small);
        await spool.CountAsync(1000);
        var manifest = await spool.Writer.CompleteAsync(default);
        await spool.Model.DeleteAsync("results/", default);

        var page = await Assert.ThrowsAsync<ProblemException>(async () => await spool.PageAsync(manifest));
        var partition = await Assert.ThrowsAsync<ProblemException>(async () => await spool.Reader.OpenPartitionAsync(manifest, null, 0, default));

        Assert.Equal([ProblemCodes.Internal, ProblemCodes.Internal], [page.Problem.Code, partition.Problem.Code]);
    }

    [Fact]
    public async Task A_partition_goes_out_as_it_is_stored()
    {
        await using Spool spool = new(Small);
        await spool.CountAsync(1000);
        var manifest = await spool.Writer.CompleteAsync(default);
        var expected = manifest.Statements[0].Partitions[4];

        await using var opened = await spool.Reader.OpenPartitionAsync(manifest, null, 4, default);
        using MemoryStream content = new();
        await opened.Content.CopyToAsync(content);

        Assert.Equal((ResultEncoding.Gzip, expected), (opened.Encoding, opened.Partition));
        Assert.Equal(spool.Model.Content(manifest.Object!).AsSpan((int)expected.Offset, expected.Length).ToArray(), content.ToArray());
        Assert.Equal(expected.Checksum, Crc32.Of(content.ToArray()));
    }

    [Fact]
    public async Task Inline_rows_are_one_partition()
    {
        await using Spool spool = new();
        await spool.CountAsync(2);
        var manifest = await spool.Writer.CompleteAsync(default);

        await using var opened = await spool.Reader.OpenPartitionAsync(manifest, 0, 0, default);

        Assert.Equal((ResultEncoding.Identity, 2, 14), (opened.Encoding, opened.Partition.Rows, opened.Partition.Length));
        Assert.Equal("[0,\"\"]\n[1,\"\"]\n", await new StreamReader(opened.Content).ReadToEndAsync());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_partition_that_is_not_there_is_not_found(int partition)
    {
        await using Spool spool = new();
        await spool.CountAsync(2);
        var manifest = await spool.Writer.CompleteAsync(default);

        var refusal = await Assert.ThrowsAsync<ProblemException>(async () => await spool.Reader.OpenPartitionAsync(manifest, null, partition, default));

        Assert.Equal(ProblemCodes.NotFound, refusal.Problem.Code);
    }

    [Fact]
    public void The_checksum_is_that_of_gzip() => Assert.Equal(0xCBF43926u, Crc32.Of(Encoding.ASCII.GetBytes("123456789")));
}
