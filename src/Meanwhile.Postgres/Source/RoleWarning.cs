using Meanwhile.Postgres.Source.Sessions;
using Npgsql;

namespace Meanwhile.Postgres.Source;

/// <summary>Knows whether the role of a read-only source could write; asked of the server once, since the answer takes a look at every table.</summary>
internal sealed class RoleWarning
{
    private string? _line;
    private bool _known;

    /// <summary>A line for the log; null when the role may only read.</summary>
    public async ValueTask<string?> OfAsync(Session session, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _known)) return _line;

        try
        {
            if (await session.AskAsync(cancellationToken, Sql.MayWrite) is [[{ } what]]) _line = RoleErrors.MayWrite(what);
        }
        catch (PostgresException)
        {
            // the statement itself will tell what is wrong
        }

        Volatile.Write(ref _known, true);
        return _line;
    }
}
