using System.IO.Compression;
using System.Text;
using Meanwhile.Blobs;
using Meanwhile.Offloading;

namespace Meanwhile.Results;

public sealed class ResultSpoolerTests
{
    private static readonly ResultOptions Small = new() { PartitionBytes = 1000, InlineBytesMax = 100 };

    [Fact]
    public async Task A_small_result_stays_in_the_manifest()
    {
        await using Spool spool = new();
        await spool.CountAsync(3);

        var manifest = await spool.Writer.CompleteAsync(default);

        Assert.Null(manifest.Object);
        Assert.Equal("[0,\"\"]\n[1,\"\"]\n[2,\"\"]\n", Encoding.UTF8.GetString(manifest.Statements[0].Inline!));
        Assert.Equal((3, 1, 3), (manifest.RowCount, manifest.Attempt, manifest.Fence));
        Assert.Equal(0, spool.Blobs.Creates);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(99, false)]
    public async Task The_inline_limit_is_the_whole_results(int inlineBytesMax, bool isInline)
    {
        await using Spool spool = new(new ResultOptions { InlineBytesMax = inlineBytesMax });
        await spool.CountAsync(5, "abc"); // 10 bytes a row
        await spool.CountAsync(5, "abc");

        Assert.Equal(isInline, (await spool.Writer.CompleteAsync(default)).Object is null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_large_result_is_cut_into_partitions_of_whole_rows(bool compress)
    {
        await using Spool spool = new(Small with { Compress = compress });
        await spool.CountAsync(1000);

        var manifest = await spool.Writer.CompleteAsync(default);

        var partitions = manifest.Statements[0].Partitions;
        Assert.True(partitions.Count > 5);
        Assert.All(partitions, partition => Assert.InRange(partition.DecodedLength, 900, 1000));
        Assert.Equal(1000, partitions.Sum(partition => partition.Rows));
        long row = 0, offset = 0;
        foreach (var partition in partitions)
        {
            Assert.Equal((row, offset), (partition.FirstRow, partition.Offset));
            Assert.StartsWith($"[{row},", Encoding.UTF8.GetString(Decode(spool, manifest, partition)), StringComparison.Ordinal);
            row += partition.Rows;
            offset += partition.Length;
        }

        Assert.Equal(offset, spool.Model.Content(manifest.Object!).Length);
    }

    [Fact]
    public async Task Members_joined_are_one_gzip_file_of_all_rows()
    {
        await using Spool spool = new(Small);
        await spool.CountAsync(1000);
        var manifest = await spool.Writer.CompleteAsync(default);

        using StreamReader lines = new(new GZipStream(new MemoryStream(spool.Model.Content(manifest.Object!)), CompressionMode.Decompress));

        Assert.Equal(Enumerable.Range(0, 1000).Select(row => $"[{row},\"\"]"), (await lines.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Each_statement_has_partitions_of_its_own()
    {
        await using Spool spool = new(Small);
        await spool.CountAsync(20);
        spool.Writer.BeginStatement([]);
        spool.Writer.EndStatement(rowsAffected: 7);
        await spool.CountAsync(500);
        await spool.CountAsync(0);

        var manifest = await spool.Writer.CompleteAsync(default);

        Assert.Equal([20L, 0, 500, 0], manifest.Statements.Select(statement => statement.Rows));
        Assert.Equal([null, 7L, null, null], manifest.Statements.Select(statement => statement.RowsAffected));
        Assert.Single(manifest.Statements[0].Partitions);
        Assert.All((int[])[1, 3], statement => Assert.Empty(manifest.Statements[statement].Partitions));
        for (var statement = 0; statement < 4; statement++)
        {
            var page = await spool.PageAsync(manifest, new ResultRequest { Statement = statement });
            Assert.Equal(Enumerable.Range(0, (int)page.RowCount).Select(row => $"[{row},\"\"]"), Spool.Texts(page));
        }
    }

    [Fact]
    public async Task What_the_manifest_names_survives_a_crash()
    {
        await using Spool spool = new(Small);
        await spool.CountAsync(1000);
        var manifest = await spool.Writer.CompleteAsync(default);

        spool.Model.Crash();

        Assert.Equal(1000, (await spool.ExportAsync(manifest, ResultFormat.Ndjson)).Count(character => character == '\n'));
    }

    [Fact]
    public async Task The_row_limit_takes_exactly_so_many_of_each_statement()
    {
        await using Spool spool = new(new ResultOptions { RowsMax = 10 });
        Assert.Equal(RowAnswer.Continue, await spool.CountAsync(10));
        Assert.Equal(RowAnswer.LimitReached, await spool.CountAsync(11));

        var manifest = await spool.Writer.CompleteAsync(default);

        Assert.Equal([null, Truncation.Rows], manifest.Statements.Select(statement => statement.TruncatedBy));
        Assert.All(manifest.Statements, statement => Assert.Equal(10, statement.Rows));
    }

    [Fact]
    public async Task The_byte_limit_is_the_whole_results()
    {
        await using Spool spool = new(new ResultOptions { ResultBytesMax = 100 });
        Assert.Equal(RowAnswer.Continue, await spool.CountAsync(5, "abc")); // 10 bytes a row
        Assert.Equal(RowAnswer.LimitReached, await spool.CountAsync(6, "abc"));

        var manifest = await spool.Writer.CompleteAsync(default);

        Assert.Equal([null, Truncation.Bytes], manifest.Statements.Select(statement => statement.TruncatedBy));
        Assert.Equal(100, manifest.StoredBytes);
    }

    [Fact]
    public async Task Cells_over_the_limit_are_cut_at_a_character_and_the_result_says_so()
    {
        await using Spool spool = new(new ResultOptions { CellBytesMax = 5 });
        spool.Writer.BeginStatement(Spool.Columns("text", "bytes", "json"));
        spool.Writer.Text("abc€"u8); // 6 bytes, the last 3 of them one character
        spool.Writer.Bytes([1, 2, 3, 4, 5, 6]);
        spool.Writer.Json("[1,2,3]"u8);
        spool.Writer.EndRow();
        spool.Writer.EndStatement(null);

        var statement = (await spool.Writer.CompleteAsync(default)).Statements[0];

        Assert.Equal("""["abc",{"$bytes":"AQIDBAU="},"[1,2,"]""" + "\n", Encoding.UTF8.GetString(statement.Inline!));
        Assert.Equal(Truncation.Cell, statement.TruncatedBy);
    }

    [Fact]
    public async Task Cells_of_the_limit_are_whole()
    {
        await using Spool spool = new(new ResultOptions { CellBytesMax = 5 });
        spool.Writer.BeginStatement(Spool.Columns("text", "bytes"));
        spool.Writer.Text("ab€"u8);
        spool.Writer.Bytes([1, 2, 3, 4, 5]);
        spool.Writer.EndRow();
        spool.Writer.EndStatement(null);

        Assert.Null((await spool.Writer.CompleteAsync(default)).Statements[0].TruncatedBy);
    }

    [Fact]
    public async Task The_cells_of_a_row_share_a_limit_and_the_next_row_has_its_own()
    {
        var row = "";
        await using Spool spool = new(new ResultOptions { RowBytesMax = 5 });
        spool.Writer.BeginStatement(Spool.Columns("a", "b", "n"));
        for (var i = 0; i < 2; i++)
        {
            spool.Writer.Text("abc"u8);
            spool.Writer.Text("def"u8);
            spool.Writer.Int64(1);
            spool.Writer.EndRow();
            row += "[\"abc\",\"de\",1]\n";
        }

        spool.Writer.EndStatement(null);

        var statement = (await spool.Writer.CompleteAsync(default)).Statements[0];
        Assert.Equal(row, Encoding.UTF8.GetString(statement.Inline!));
        Assert.Equal(Truncation.Cell, statement.TruncatedBy);
    }

    [Fact]
    public async Task What_the_source_cut_is_said()
    {
        await using Spool spool = new();
        spool.Writer.BeginStatement(Spool.Columns("a"));
        spool.Writer.EndStatement(null, Truncation.Source);

        Assert.Equal(Truncation.Source, (await spool.Writer.CompleteAsync(default)).Statements[0].TruncatedBy);
    }

    [Fact]
    public async Task A_row_larger_than_a_partition_is_one()
    {
        await using Spool spool = new();
        var text = string.Concat(Enumerable.Repeat("0123456789abcde\n", 1 << 20)); // 16 MiB
        await spool.CountAsync(1);
        await spool.CountAsync(2, text);
        await spool.CountAsync(1);

        var manifest = await spool.Writer.CompleteAsync(default);

        Assert.Null(manifest.Statements[1].TruncatedBy);
        Assert.Equal(2, manifest.Statements[1].Partitions.Count);
        var page = await spool.PageAsync(manifest, new ResultRequest { Statement = 1 });
        Assert.Single(page.Rows); // one alone is more than a page takes, and a page has always one
        Assert.Equal(text, System.Text.Json.JsonDocument.Parse(page.Rows[0]).RootElement[1].GetString());
        Assert.NotNull(page.NextCursor);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_full_disk_fails_the_spooling_and_leaves_nothing_that_a_crash_would_keep(int append)
    {
        await using Spool spool = new(Small);
        spool.Blobs.FullFromAppend = append;

        await Assert.ThrowsAsync<BlobStoreFullException>(() => spool.CountAsync(1000));
        await Assert.ThrowsAsync<BlobStoreFullException>(async () =>
        {
            spool.Writer.EndStatement(null);
            await spool.Writer.CompleteAsync(default);
        });

        Assert.Equal(append, spool.Blobs.Appends); // nothing more was tried
        spool.Model.Crash();
        Assert.Empty(spool.Model.Keys);
    }

    [Fact]
    public async Task A_failed_flush_gives_no_manifest()
    {
        await using Spool spool = new(Small);
        spool.Blobs.FailsOnFlush = true;
        await spool.CountAsync(1000);

        await Assert.ThrowsAsync<IOException>(async () => await spool.Writer.CompleteAsync(default));
    }

    [Fact]
    public async Task A_slow_disk_holds_the_source_back_once_enough_blocks_are_on_their_way()
    {
        TaskCompletionSource disk = new();
        await using Spool spool = new(Small with { BlocksInFlightMax = 2 });
        spool.Blobs.BeforeAppend = () => disk.Task;
        Fill();
        await spool.Writer.FlushAsync(default);
        Fill();
        await spool.Writer.FlushAsync(default);
        Fill();

        var third = spool.Writer.FlushAsync(default).AsTask();
        Assert.False(third.IsCompleted);

        disk.SetResult();
        await third;
        spool.Writer.EndStatement(null);
        Assert.Equal(3, (await spool.Writer.CompleteAsync(default)).Statements[0].Partitions.Count);

        void Fill()
        {
            if (spool.Writer.RowsTaken == 0) spool.Writer.BeginStatement(Spool.Columns("n"));
            do spool.Writer.Int64(1);
            while (spool.Writer.EndRow() == RowAnswer.Continue);
        }
    }

    [Fact]
    public async Task Waiting_for_a_slow_disk_ends_when_it_is_cancelled()
    {
        TaskCompletionSource disk = new();
        await using Spool spool = new(Small with { BlocksInFlightMax = 1 });
        spool.Blobs.BeforeAppend = () => disk.Task;
        using CancellationTokenSource stop = new();
        await spool.CountAsync(0);
        spool.Writer.BeginStatement(Spool.Columns("n"));
        Task waiting;
        do
        {
            do spool.Writer.Int64(1);
            while (spool.Writer.EndRow() == RowAnswer.Continue);
            waiting = spool.Writer.FlushAsync(stop.Token).AsTask();
        }
        while (waiting.IsCompleted);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        disk.SetResult();
    }

    [Fact]
    public async Task A_row_after_an_unheeded_flush_is_refused_so_that_memory_stays_bounded()
    {
        await using Spool spool = new(Small);
        spool.Writer.BeginStatement(Spool.Columns("n"));
        do spool.Writer.Int64(1);
        while (spool.Writer.EndRow() == RowAnswer.Continue);

        spool.Writer.Int64(1);
        Assert.Throws<InvalidOperationException>(() => spool.Writer.EndRow());
    }

    [Fact]
    public async Task Blocks_that_are_compressed_on_other_threads_arrive_in_order()
    {
        ModelBlobStore blobs = new();
        await using ResultSpooler writer = new(Spool.Fence, Small, blobs, new PoolOffload());
        writer.BeginStatement(Spool.Columns("n"));
        for (var row = 0; row < 20_000; row++)
        {
            writer.Int64(row);
            if (writer.EndRow() == RowAnswer.Flush) await writer.FlushAsync(default);
        }

        writer.EndStatement(null);
        var manifest = await writer.CompleteAsync(default);

        using MemoryStream rows = new();
        await new ResultReader(blobs).ExportAsync(Spool.Fence.Job, manifest, new ResultRequest(), ResultFormat.Ndjson, rows, default);
        Assert.Equal(string.Concat(Enumerable.Range(0, 20_000).Select(row => $"[{row}]\n")), Encoding.UTF8.GetString(rows.ToArray()));
    }

    [Fact]
    public void Sizes_that_no_array_could_hold_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResultOptions { PartitionBytes = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResultOptions { RowBytesMax = ResultOptions.MemoryBytesMax + 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResultOptions { BlocksInFlightMax = 0 });
    }

    private static byte[] Decode(Spool spool, ResultManifest manifest, ResultPartition partition)
    {
        var stored = spool.Model.Content(manifest.Object!).AsSpan((int)partition.Offset, partition.Length).ToArray();
        if (manifest.Encoding == ResultEncoding.Identity) return stored;
        using MemoryStream decoded = new();
        using GZipStream member = new(new MemoryStream(stored), CompressionMode.Decompress);
        member.CopyTo(decoded);
        Assert.Equal(partition.DecodedLength, decoded.Length);
        return decoded.ToArray();
    }
}
