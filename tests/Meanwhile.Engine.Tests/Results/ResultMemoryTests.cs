using Meanwhile.Blobs;
using Meanwhile.Offloading;

namespace Meanwhile.Results;

/// <summary>Runs alone: it looks at the whole process's memory.</summary>
[CollectionDefinition(nameof(ResultMemoryTests), DisableParallelization = true)]
[Collection(nameof(ResultMemoryTests))]
public sealed class ResultMemoryTests
{
    [Theory]
    [InlineData(ResultFormat.Json)]
    [InlineData(ResultFormat.Ndjson)]
    [InlineData(ResultFormat.Csv)]
    public async Task A_large_export_to_a_slow_reader_holds_little_and_writes_small_pieces(ResultFormat format)
    {
        var directory = Directory.CreateTempSubdirectory("meanwhile-export-");
        try
        {
            DirectoryBlobStore blobs = new(directory.FullName, new DirectoryBlobOptions(), TimeProvider.System, new InlineOffload());
            await using ResultSpooler writer = new(Spool.Fence, new ResultOptions(), blobs, new InlineOffload());
            await WriteAsync(writer, rows: 400_000); // about 30 partitions
            var manifest = await writer.CompleteAsync(default);
            await ExportAsync(new SlowReader()); // what is allocated once

            SlowReader reader = new();
            await ExportAsync(reader);

            Assert.True(manifest.Statements[0].Partitions.Count >= 20);
            Assert.InRange(reader.LargestWrite, 1, ResultExport.WriteBytes + 200);
            Assert.InRange(reader.Live.Rise, 0, 8L << 20);

            ValueTask ExportAsync(Stream destination) =>
                new ResultReader(blobs).ExportAsync(Spool.Fence.Job, manifest, new ResultRequest(), format, destination, default);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Huge_rows_are_spooled_one_at_a_time()
    {
        const int cellBytes = 16 << 20;
        var cell = new byte[cellBytes];
        Random draw = new(1);
        draw.NextBytes(cell); // does not compress
        LiveBytes live = new();
        await live.LookAsync();
        FaultyBlobStore blobs = new(new DiscardingBlobStore()) { BeforeAppend = live.LookAsync };
        await using ResultSpooler writer = new(Spool.Fence, new ResultOptions(), blobs, new PoolOffload());
        writer.BeginStatement(Spool.Columns("huge"));
        for (var row = 0; row < 4; row++)
        {
            writer.Bytes(cell);
            if (writer.EndRow() == RowAnswer.Flush) await writer.FlushAsync(default);
        }

        writer.EndStatement(null);
        await writer.CompleteAsync(default);

        Assert.InRange(live.Rise, cellBytes, 4L * cellBytes); // a row as base64, and that row compressed; two rows would be 5
    }

    private static async Task WriteAsync(ResultSpooler writer, int rows)
    {
        writer.BeginStatement(Spool.Columns("n", "text"));
        for (var row = 0; row < rows; row++)
        {
            writer.Int64(row);
            writer.Text("a text that is neither long nor short, and is always the same text"u8);
            if (writer.EndRow() == RowAnswer.Flush) await writer.FlushAsync(default);
        }

        writer.EndStatement(null);
    }

    /// <summary>Looks at each hundredth write at how much is alive.</summary>
    private sealed class SlowReader : MemoryStream
    {
        private int _writes;

        public int LargestWrite { get; private set; }

        public LiveBytes Live { get; } = new();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            LargestWrite = Math.Max(LargestWrite, buffer.Length);
            if (_writes++ % 100 == 0) await Live.LookAsync();
        }
    }

    /// <summary>How much memory was alive, each time after a collection.</summary>
    private sealed class LiveBytes
    {
        private long _min = long.MaxValue;

        /// <summary>The most by which it rose above what it had been; that a pool lets go of another test's arrays meanwhile is no rise.</summary>
        public long Rise { get; private set; }

        public Task LookAsync()
        {
            var live = GC.GetTotalMemory(forceFullCollection: true);
            _min = Math.Min(_min, live);
            Rise = Math.Max(Rise, live - _min);
            return Task.CompletedTask;
        }
    }

    /// <summary>Keeps nothing, so that only the spooler's own memory is seen.</summary>
    private sealed class DiscardingBlobStore : IBlobStore
    {
        public ValueTask<IBlobWriter> CreateAsync(string key, CancellationToken cancellationToken) => ValueTask.FromResult<IBlobWriter>(new Writer());

        public ValueTask<Stream> OpenAsync(string key, long offset, long length, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DeleteAsync(string prefix, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<long?> LengthAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<long?> FreeBytesAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        private sealed class Writer : IBlobWriter
        {
            public long Length { get; private set; }

            public ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
            {
                Length += bytes.Length;
                return ValueTask.CompletedTask;
            }

            public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
