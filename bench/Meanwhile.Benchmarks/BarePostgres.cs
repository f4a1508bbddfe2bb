using System.Diagnostics;
using Meanwhile.Testing.Postgres;
using Npgsql;

namespace Meanwhile.Benchmarks;

/// <summary>What PostgreSQL does by itself on this machine: the peer beside every figure of the store.</summary>
internal static class BarePostgres
{
    private static string? s_fsync;

    /// <summary>Starts a cluster, and says above the table that is measured on it how often pg_test_fsync makes 8 KiB durable in a second by the method that PostgreSQL uses: measured once.</summary>
    public static async Task<TemporaryCluster> StartClusterAsync()
    {
        var cluster = await TemporaryCluster.StartAsync(Statements.Settings);
        s_fsync ??= await FsyncAsync(Path.Combine(Path.GetTempPath(), $"fsync-{cluster.Port}"));
        Report.Say($"pg_test_fsync, one 8 KiB write                {s_fsync}");
        return cluster;
    }

    /// <summary>The one line of it, which comes second; what it would go on to measure is not waited for.</summary>
    private static async Task<string> FsyncAsync(string file)
    {
        var folder = Directory.GetDirectories("/usr/lib/postgresql").Max()!;
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(folder, "bin", "pg_test_fsync"), ["-s", "1", "-f", file]) { RedirectStandardOutput = true })!;
        var line = await process.StandardOutput.ReadLineAsync();
        while (line is not null && !(line.TrimStart().StartsWith("fdatasync", StringComparison.Ordinal) && line.Contains("ops/sec", StringComparison.Ordinal))) line = await process.StandardOutput.ReadLineAsync();
        process.Kill();
        await process.WaitForExitAsync();
        File.Delete(file);
        return string.Join(' ', (line ?? "unknown").Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Rows a second into a table with the columns of a small queue and one index, 500 a statement by unnest, on two connections at once.</summary>
    public static async Task<double> InsertsPerSecondAsync(string connectionString, int rows)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using (var create = source.CreateCommand("create table bare (id uuid primary key, at timestamptz not null, state smallint not null, body text not null)")) await create.ExecuteNonQueryAsync();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            for (var done = 0; done < rows / 2; done += 500)
            {
                await using var insert = source.CreateCommand("insert into bare select id, now(), 1, '{}' from unnest($1::uuid[]) as asked (id)");
                insert.Parameters.Add(new NpgsqlParameter { Value = Enumerable.Range(0, 500).Select(_ => Guid.CreateVersion7()).ToArray() });
                await insert.ExecuteNonQueryAsync();
            }
        }));
        return rows / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Milliseconds from an insert with a NOTIFY on one connection until another hears of it.</summary>
    public static async Task<List<double>> TellsAsync(string connectionString, int times)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var teller = await source.OpenConnectionAsync();
        await using var hearer = await source.OpenConnectionAsync();
        await using (var setup = new NpgsqlCommand("create table told (at timestamptz not null)", teller)) await setup.ExecuteNonQueryAsync();
        await using (var listen = new NpgsqlCommand("listen told", hearer)) await listen.ExecuteNonQueryAsync();
        await using var tell = new NpgsqlCommand("insert into told values (now()); notify told", teller);
        List<double> milliseconds = [];
        for (var i = 0; i < times; i++)
        {
            var heard = hearer.WaitAsync();
            var start = Stopwatch.GetTimestamp();
            await tell.ExecuteNonQueryAsync();
            await heard;
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return milliseconds;
    }

    /// <summary>Jobs a second through a bare queue on one connection: 500 taken by skip locked in one statement, and deleted into a history table in another, both by their indexes.</summary>
    public static async Task<double> DrainsPerSecondAsync(string connectionString, int rows)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Options=-c enable_seqscan=off -c enable_bitmapscan=off");
        string[] setup =
        [
            "create table queue (id bigint primary key, at timestamptz not null, state smallint not null, body text not null)",
            "create index on queue (at) where state = 1",
            "create table done (id bigint primary key, at timestamptz not null, body text not null)",
            $"insert into queue select i, now() + i * interval '1 microsecond', 1, '{{}}' from generate_series(1, {rows}) as i",
        ];
        foreach (var sql in setup)
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }

        var watch = Stopwatch.StartNew();
        for (var done = 0; done < rows; done += 500)
        {
            await using var take = source.CreateCommand(
                """
                with picked as materialized (select id from queue where state = 1 order by at limit 500 for update skip locked),
                taken as (update queue set state = 2 from picked where queue.id = picked.id returning queue.id)
                select array_agg(id) from taken
                """);
            var ids = (long[])(await take.ExecuteScalarAsync())!;
            await using var finish = source.CreateCommand(
                "with gone as (delete from queue using unnest($1) as asked (id) where queue.id = asked.id returning queue.id, body) insert into done select id, now(), body from gone");
            finish.Parameters.Add(new NpgsqlParameter { Value = ids });
            await finish.ExecuteNonQueryAsync();
        }

        return rows / watch.Elapsed.TotalSeconds;
    }
}
