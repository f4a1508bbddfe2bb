using System.Diagnostics;
using Meanwhile.Jobs;
using Meanwhile.Results;
using Microsoft.Data.Sqlite;

namespace Meanwhile.Benchmarks;

/// <summary>A result of 10,000,000 rows and 5 columns, against a bare Microsoft.Data.Sqlite loop with typed getters over the same rows.</summary>
internal static class ResultBenchmark
{
    public static async Task RunAsync(bool quick)
    {
        var rows = quick ? 10_000 : 10_000_000;
        await using var bench = await Bench.StartAsync();
        var database = Path.Combine(bench.Directory, "sources", "bench.db");
        Fill(database, rows);
        const string sql = "select id, delay, distance, origin, note from big";
        var bare = Bare(database, sql); // twice, so that both read from a warm cache; the faster counts
        bare = Math.Min(bare, Bare(database, sql));
        GC.Collect();

        var watch = Stopwatch.StartNew();
        var accepted = await bench.Jobs.SubmitAsync(Bench.Query(sql), default);
        var id = accepted.Job.Id.ToString();
        var job = accepted.Job;
        while (!job.Status.IsFinal) job = await bench.Jobs.WaitAsync(id, null, TimeSpan.FromSeconds(60), default);
        var took = watch.Elapsed.TotalSeconds;
        if (job.Record.State.Result?.RowCount != rows) throw new InvalidOperationException($"The job is {job.Status.Word} with {job.Record.State.Result?.RowCount} rows: {job.Record.State.Error?.Message}");
        Report.Say($"{rows:N0} rows x 5 columns                     {took:0.0} s   bare loop {bare:0.0} s   ratio {took / bare:0.00}   goal 1.60: {(took / bare <= 1.6 ? "met" : "missed")}");
        Report.Say($"peak memory of the process                   {PeakMiB()} MiB   goal < 200 MiB: {(PeakMiB() < 200 ? "met" : "missed")}");

        watch.Restart();
        await using (var ndjson = new CountingStream()) await ExportAsync(bench, id, ResultFormat.Ndjson, ndjson, watch, "whole result as NDJSON");
        watch.Restart();
        await using (var csv = new CountingStream()) await ExportAsync(bench, id, ResultFormat.Csv, csv, watch, "whole result as CSV");
        await PartitionsAsync(bench, id, job);
    }

    private static async Task ExportAsync(Bench bench, string id, ResultFormat format, CountingStream stream, Stopwatch watch, string what)
    {
        await bench.Jobs.ExportResultAsync(id, new ResultRequest(), format, stream, default);
        Report.Say($"{what,-44} {stream.Length / watch.Elapsed.TotalSeconds / 1e6,12:N0} MB/s   peak memory {PeakMiB()} MiB");
    }

    private static async Task PartitionsAsync(Bench bench, string id, Job job)
    {
        var count = job.Record.State.Result!.Statements[0].Partitions.Count;
        if (count == 0) return;
        var watch = Stopwatch.StartNew();
        var bytes = 0L;
        await using var sink = new CountingStream();
        for (var i = 0; i < count; i++)
        {
            await using var partition = await bench.Jobs.OpenPartitionAsync(id, null, i, default);
            await partition.Content.CopyToAsync(sink);
            bytes += partition.Partition.DecodedLength;
        }

        Report.Say($"stored partitions as they lie                {sink.Length / watch.Elapsed.TotalSeconds / 1e6,12:N0} MB/s stored, {bytes / watch.Elapsed.TotalSeconds / 1e6:N0} MB/s of rows, not decoded");
    }

    private static void Fill(string database, int rows)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            create table big(id integer primary key, delay integer, distance real, origin text, note text);
            insert into big with recursive n(i) as (values(1) union all select i + 1 from n where i < {rows})
            select i, i % 300 - 20, (i % 5000) * 1.5, char(65 + i % 26, 65 + i % 17, 65 + i % 11), 'flight number ' || (i * 7919 % 100000) from n;
            """;
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }

    private static double Bare(string database, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        var watch = Stopwatch.StartNew();
        var sum = 0d;
        using var reader = command.ExecuteReader();
        while (reader.Read()) sum += reader.GetInt64(0) + reader.GetInt64(1) + reader.GetDouble(2) + reader.GetString(3).Length + reader.GetString(4).Length;
        return sum > 0 ? watch.Elapsed.TotalSeconds : throw new InvalidOperationException("There were no rows.");
    }

    private static long PeakMiB()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 >> 20;
    }

    private sealed class CountingStream : Stream
    {
        private long _length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position { get => _length; set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => _length += count;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _length += buffer.Length;
            return ValueTask.CompletedTask;
        }
    }
}
