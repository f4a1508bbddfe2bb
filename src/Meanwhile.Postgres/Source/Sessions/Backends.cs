using System.Globalization;
using Meanwhile.Postgres.Source.Parameters;
using Meanwhile.Sources;
using Npgsql;

namespace Meanwhile.Postgres.Source.Sessions;

/// <summary>Looks at backends of a source from outside, and ends them; each call has a connection of its own.</summary>
internal static class Backends
{
    /// <summary>How such a connection is known at the server.</summary>
    public const string ApplicationName = "mw:control";

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ConnectAgainAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>Terminates a backend, if it is still that one.</summary>
    /// <returns>Whether it was there to be told; a server that can't be reached is told nothing.</returns>
    /// <exception cref="SourceException">The server can't be reached.</exception>
    public static async ValueTask<bool> TerminateAsync(Connector connector, BackendIdentity backend, CancellationToken cancellationToken)
    {
        await using var connection = await connector.OpenAsync(ApplicationName, cancellationToken);
        return await AskAsync(connection, Sql.Terminate, backend, cancellationToken) is [["t"]];
    }

    /// <summary>Whether a backend's open transaction has written anything; true also when nobody can tell.</summary>
    public static async ValueTask<bool> HasWrittenAsync(Connector connector, BackendIdentity backend, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await connector.OpenAsync(ApplicationName, cancellationToken);
            return await AskAsync(connection, Sql.Backend, backend, cancellationToken) is not [[null]];
        }
        catch (Exception e) when (e is SourceException or NpgsqlException or IOException)
        {
            return true;
        }
    }

    /// <summary>Terminates a backend and looks until it is gone, as long as the operator's options say.</summary>
    /// <returns>Whether it was seen gone.</returns>
    public static ValueTask<bool> SeeGoneAsync(Connector connector, BackendIdentity backend, CancellationToken cancellationToken) => UntilAsync(
        connector,
        async connection => await AskAsync(connection, Sql.Terminate, backend, cancellationToken) is [],
        cancellationToken);

    /// <summary>Terminates every backend of the source's role and database under any of some names, and looks until none is left.</summary>
    /// <returns>Whether all were seen gone, and which there were.</returns>
    public static async ValueTask<(bool Gone, IReadOnlyCollection<int> Pids)> EndAsync(Connector connector, IReadOnlyList<string> applicationNames, CancellationToken cancellationToken)
    {
        HashSet<int> pids = [];
        var names = new ParameterValue(ArrayLiteral.Of(applicationNames));
        var gone = await UntilAsync(
            connector,
            async connection =>
            {
                var found = await RawBatch.Of(connection, Sql.BackendsByName, [names]).RowsAsync(cancellationToken);
                foreach (var row in found)
                {
                    var backend = new BackendIdentity(int.Parse(row[0]!, CultureInfo.InvariantCulture), long.Parse(row[1]!, CultureInfo.InvariantCulture));
                    pids.Add(backend.Pid);
                    await AskAsync(connection, Sql.Terminate, backend, cancellationToken);
                }

                return found.Count == 0;
            },
            cancellationToken);
        return (gone, pids);
    }

    /// <summary>What became of a transaction whose backend is gone; unknown when the server can't be reached.</summary>
    public static async ValueTask<CommitFate> FateAsync(Connector connector, CommitMark mark, CancellationToken cancellationToken)
    {
        var fate = CommitFate.Unknown;
        await UntilAsync(
            connector,
            async connection =>
            {
                var id = mark.TransactionId.ToString(CultureInfo.InvariantCulture);
                if (await RawBatch.Of(connection, Sql.XactStatus, [new ParameterValue(id)]).RowsAsync(cancellationToken) is [var row]) fate = mark.FateIn(row);
                return true;
            },
            cancellationToken);
        return fate;
    }

    private static Task<List<string?[]>> AskAsync(NpgsqlConnection connection, string sql, BackendIdentity backend, CancellationToken cancellationToken) =>
        RawBatch.Of(connection, sql, [new ParameterValue(backend.Pid.ToString(CultureInfo.InvariantCulture)), new ParameterValue(backend.StartedAtMicroseconds.ToString(CultureInfo.InvariantCulture))])
            .RowsAsync(cancellationToken);

    /// <summary>Looks until something is so, connecting again where the connection breaks.</summary>
    /// <returns>Whether it was so in time.</returns>
    private static async ValueTask<bool> UntilAsync(Connector connector, Func<NpgsqlConnection, ValueTask<bool>> look, CancellationToken cancellationToken)
    {
        var started = connector.Time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = await connector.OpenAsync(ApplicationName, cancellationToken);
                while (!await look(connection))
                {
                    if (IsOver()) return false;
                    await Task.Delay(LookAgainAfter, connector.Time, cancellationToken);
                }

                return true;
            }
            catch (Exception e) when (e is SourceException or NpgsqlException or IOException)
            {
                if (IsOver()) return false;
                await Task.Delay(ConnectAgainAfter, connector.Time, cancellationToken);
            }
        }

        bool IsOver() => connector.Time.GetElapsedTime(started) >= connector.Options.SeeGoneWithin;
    }
}
