using Npgsql;

namespace Meanwhile.Benchmarks;

/// <summary>Which statements took the server's time, by pg_stat_statements: printed when MEANWHILE_STATEMENTS=1.</summary>
internal static class Statements
{
    private static readonly bool Wanted = Environment.GetEnvironmentVariable("MEANWHILE_STATEMENTS") == "1";

    /// <summary>What the server needs for it.</summary>
    public static IReadOnlyList<string> Settings => Wanted ? ["shared_preload_libraries = 'pg_stat_statements'", "pg_stat_statements.track_planning = on"] : [];

    /// <summary>Counts from here.</summary>
    public static Task ResetAsync(string connectionString) => RunAsync(connectionString, "create extension if not exists pg_stat_statements; select pg_stat_statements_reset()", _ => { });

    /// <summary>Prints the most expensive.</summary>
    public static Task SayAsync(string connectionString) => RunAsync(
        connectionString,
        "select calls, rows, total_exec_time, total_plan_time, right(regexp_replace(query, '\\s+', ' ', 'g'), 120) from pg_stat_statements order by total_exec_time + total_plan_time desc limit 12",
        row => Report.Say($"  {row.GetInt64(0),8} calls {row.GetInt64(1),9} rows {row.GetDouble(2),9:0} ms + {row.GetDouble(3),6:0} ms planning  {row.GetString(4)}"));

    private static async Task RunAsync(string connectionString, string sql, Action<NpgsqlDataReader> each)
    {
        if (!Wanted) return;
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) if (reader.FieldCount > 1) each(reader);
    }
}
