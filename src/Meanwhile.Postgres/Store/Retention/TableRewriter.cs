using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Npgsql;

namespace Meanwhile.Postgres.Store.Retention;

/// <summary>Writes small tables anew when they hold more dead rows than vacuum removes, as somebody's old transaction holds it back: so they stay small however long that lasts.</summary>
/// <remarks>Everything else waits meanwhile, for some 0.3 s a million dead rows. See docs/decisions/0014-dead-rows.md.</remarks>
internal sealed class TableRewriter(Database database)
{
    /// <summary>How many dead rows are left to vacuum.</summary>
    private const int DeadRowsMax = 1_000_000;

    /// <summary>With more live rows a table is not written anew: it would take too long.</summary>
    private const int LiveRowsMax = 100_000;

    private static readonly string[] Tables = ["job", "progress"];

    /// <summary>Looks, and writes anew what needs it.</summary>
    public async ValueTask TendAsync(CancellationToken cancellationToken)
    {
        foreach (var table in Tables)
        {
            if (await IsDueAsync(table, DeadRowsMax, cancellationToken)) await TryRewriteAsync(table, cancellationToken);
        }
    }

    /// <summary>Whether a table has that many dead rows, and few that live; the role may, and no transaction of some age would be waited for.</summary>
    public ValueTask<bool> IsDueAsync(string table, int deadRowsMax, CancellationToken cancellationToken) =>
        database.ScalarAsync<bool>(new Call(RetentionSql.RewriteIsDue, Parameters.Text($"{database.Schema.Name}.{table}"), Parameters.Int(deadRowsMax), Parameters.Int(LiveRowsMax)), cancellationToken);

    /// <summary>Writes a table anew.</summary>
    /// <returns>False when another node is at it, or somebody held the table for too long: everything is as it was.</returns>
    public ValueTask<bool> TryRewriteAsync(string table, CancellationToken cancellationToken) => database.RunAsync(
        async (session, token) =>
        {
            try
            {
                await session.ExecuteAsync(RetentionSql.Rewrite(table), token);
                return true;
            }
            catch (PostgresException held) when (held.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                return false;
            }
        },
        cancellationToken);
}
