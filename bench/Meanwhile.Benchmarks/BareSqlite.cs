using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Meanwhile.Benchmarks;

/// <summary>The floors: one SQLite writer with WAL and synchronous=FULL that does the least that the same durability needs.</summary>
internal static class BareSqlite
{
    /// <summary>Inserts narrow rows, so many a transaction.</summary>
    public static double InsertsPerSecond(int rows, int perTransaction)
    {
        var directory = Bench.TemporaryDirectory();
        using (var connection = Open(directory))
        {
            using var insert = connection.CreateCommand();
            insert.CommandText = "insert into job(id, body) values ($id, $body)";
            var id = insert.Parameters.Add("$id", SqliteType.Blob);
            var body = insert.Parameters.Add("$body", SqliteType.Text);
            body.Value = "{\"sql\": \"select 1\"}";
            var watch = Stopwatch.StartNew();
            for (var done = 0; done < rows;)
            {
                using var transaction = connection.BeginTransaction();
                insert.Transaction = transaction;
                for (var i = 0; i < perTransaction && done < rows; i++, done++)
                {
                    id.Value = Guid.CreateVersion7().ToByteArray(bigEndian: true);
                    insert.ExecuteNonQuery();
                }

                transaction.Commit();
            }

            var perSecond = rows / watch.Elapsed.TotalSeconds;
            connection.Close();
            SqliteConnection.ClearAllPools();
            Directory.Delete(directory, recursive: true);
            return perSecond;
        }
    }

    /// <summary>Moves rows pending to running to done, so many a transaction.</summary>
    public static double DrainsPerSecond(int rows, int perTransaction)
    {
        var directory = Bench.TemporaryDirectory();
        using var connection = Open(directory);
        Execute(connection, $"insert into job(id, body) with recursive n(i) as (values(1) union all select i + 1 from n where i < {rows}) select randomblob(16), 'x' from n");
        using var update = connection.CreateCommand();
        update.CommandText = "update job set status = $status where rowid = $row";
        var status = update.Parameters.Add("$status", SqliteType.Integer);
        var row = update.Parameters.Add("$row", SqliteType.Integer);
        var watch = Stopwatch.StartNew();
        for (var first = 1; first <= rows; first += perTransaction)
        {
            for (var step = 1; step <= 2; step++)
            {
                using var transaction = connection.BeginTransaction();
                update.Transaction = transaction;
                status.Value = step;
                for (var i = first; i < first + perTransaction && i <= rows; i++)
                {
                    row.Value = i;
                    update.ExecuteNonQuery();
                }

                transaction.Commit();
            }
        }

        var perSecond = rows / watch.Elapsed.TotalSeconds;
        connection.Close();
        SqliteConnection.ClearAllPools();
        Directory.Delete(directory, recursive: true);
        return perSecond;
    }

    private static SqliteConnection Open(string directory)
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(directory, "bare.db")}");
        connection.Open();
        Execute(connection, "pragma journal_mode = wal; pragma synchronous = full; create table job(id blob, body text, status integer not null default 0); create index pending on job(status) where status = 0");
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
