using System.Globalization;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source.Parameters;
using Meanwhile.Postgres.Source.Settings;
using Npgsql;

namespace Meanwhile.Postgres.Source.Sessions;

/// <summary>One connection that runs one text and is then gone.</summary>
internal sealed class Session : IAsyncDisposable
{
    private Session(NpgsqlConnection connection) => Connection = connection;

    /// <summary>The driver's connection.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>Which backend serves it.</summary>
    public BackendIdentity Backend { get; private set; }

    /// <summary>Opens a session as a source's statements have it.</summary>
    /// <param name="notices">Takes what the server says besides results.</param>
    /// <exception cref="SourceException">It can't be opened, or the role may do more than a read-only source lets it.</exception>
    public static async ValueTask<Session> OpenAsync(Connector connector, string applicationName, Action<PostgresNotice> notices, CancellationToken cancellationToken)
    {
        var session = new Session(await connector.OpenAsync(applicationName, cancellationToken));
        try
        {
            await session.IdentifyAsync(cancellationToken);
            if (connector.Source.ReadOnly) await session.RefuseMoreThanReadingAsync(cancellationToken);
            await session.EndAsOrphanAsync(connector.Options.OrphansEndWithin, cancellationToken);
            await session.SetAsync(connector.Settings, cancellationToken);
            session.Connection.Notice += (_, notice) => session.Tell(notice.Notice, notices);
            return session;
        }
        catch (Exception e)
        {
            await session.DisposeAsync();
            if (e is NpgsqlException or IOException) throw new SourceException(PostgresErrors.OfConnecting(e, connector.Settings), e);
            throw;
        }
    }

    /// <summary>Tells no notices any more: what follows is our own doing.</summary>
    public void Quiet() => _isQuiet = true;

    private bool _isQuiet;

    private void Tell(PostgresNotice notice, Action<PostgresNotice> notices)
    {
        if (!_isQuiet) notices(notice);
    }

    /// <summary>Runs statements of our own.</summary>
    /// <returns>The last one's rows.</returns>
    public Task<List<string?[]>> AskAsync(CancellationToken cancellationToken, params IReadOnlyList<string> statements) =>
        RawBatch.Of(Connection, statements).RowsAsync(cancellationToken);

    /// <summary>Runs a statement of our own with parameters.</summary>
    public Task<List<string?[]>> AskAsync(string sql, IReadOnlyList<string?> values, CancellationToken cancellationToken) =>
        RawBatch.Of(Connection, sql, [.. values.Select(value => new ParameterValue(value))]).RowsAsync(cancellationToken);

    /// <summary>Sets what a text may have changed back to what values are read by.</summary>
    public static string Pins(SourceSettings settings) => $"select {string.Join(", ", PinnedOf(settings).Select(pin => $"pg_catalog.set_config('{pin.Name}', {Literal(pin.Value)}, false)"))}";

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    private async ValueTask IdentifyAsync(CancellationToken cancellationToken)
    {
        var row = (await AskAsync(cancellationToken, Sql.Identity))[0];
        Backend = new BackendIdentity(int.Parse(row[0]!, CultureInfo.InvariantCulture), long.Parse(row[1]!, CultureInfo.InvariantCulture));
    }

    private async ValueTask RefuseMoreThanReadingAsync(CancellationToken cancellationToken)
    {
        if (await AskAsync(cancellationToken, Sql.MoreThanReading) is [[var what, var of], ..]) throw new SourceException(RoleErrors.MoreThanReading(what!, of!));
    }

    /// <summary>Has the server look whether we are still there; some systems can't, and their statements then end at the next row that they send.</summary>
    private async ValueTask EndAsOrphanAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(cancellationToken, $"set client_connection_check_interval = {within.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)}");
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            // not on this server's system
        }
    }

    private async ValueTask SetAsync(SourceSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var (name, value) in settings.Session) await AskAsync("select pg_catalog.set_config($1, $2, false)", [name, value], cancellationToken);
            await AskAsync(cancellationToken, Pins(settings));
        }
        catch (PostgresException e)
        {
            throw new SourceException(PostgresErrors.Of(e) with { Code = "session_setting", Hint = "Check \"session\" in the source's settings." }, e);
        }
    }

    private static IEnumerable<(string Name, string Value)> PinnedOf(SourceSettings settings) =>
        [.. SessionSettings.Pinned, (SessionSettings.TimeZone, settings.Session.GetValueOrDefault(SessionSettings.TimeZone, SessionSettings.TimeZoneDefault))];

    private static string Literal(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
