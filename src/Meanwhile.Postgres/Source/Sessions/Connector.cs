using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source.Hosts;
using Meanwhile.Postgres.Source.Settings;
using Meanwhile.Sources;
using Npgsql;

namespace Meanwhile.Postgres.Source.Sessions;

/// <summary>Opens connections of one source as its definition and the operator's options say; none is ever shared or kept.</summary>
internal sealed class Connector(SourceSettings settings, SourceOptions source, PostgresSourceOptions options, HostRules hosts, TimeProvider time)
{
    /// <summary>The oldest server that is accepted: earlier ones don't see that their client has gone.</summary>
    public static readonly Version OldestServer = new(14, 0);

    /// <summary>What every kind of source has.</summary>
    public SourceOptions Source => source;

    /// <summary>The operator's options.</summary>
    public PostgresSourceOptions Options => options;

    /// <summary>The source's own settings.</summary>
    public SourceSettings Settings => settings;

    /// <summary>The clock for all waits.</summary>
    public TimeProvider Time => time;

    /// <summary>Opens a connection.</summary>
    /// <param name="applicationName">How it is known at the server: at most 63 bytes.</param>
    /// <exception cref="SourceException">It can't be opened.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(string applicationName, CancellationToken cancellationToken)
    {
        SourceException? failure = null;
        foreach (var address in await HostResolver.ResolveAsync(settings.Host, hosts, cancellationToken))
        {
            try
            {
                return await OpenAsync(address, applicationName, cancellationToken);
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                failure = new SourceException(PostgresErrors.OfConnecting(e, settings), e);
                if (e is PostgresException) break; // the server itself answered
            }
        }

        throw failure!;
    }

    private async ValueTask<NpgsqlConnection> OpenAsync(string address, string applicationName, CancellationToken cancellationToken)
    {
        await using var dataSource = Build(address, applicationName);
        var connection = dataSource.CreateConnection();
        try
        {
            await connection.OpenAsync(cancellationToken);
            if (connection.PostgreSqlVersion < OldestServer) throw new SourceException(TooOld(connection.PostgreSqlVersion));
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Each connection has a data source of its own: the address is the one just looked up, and nothing is pooled.</summary>
    private NpgsqlDataSource Build(string address, string applicationName)
    {
        var builder = new NpgsqlDataSourceBuilder();
        var to = builder.ConnectionStringBuilder;
        (to.Host, to.Port, to.Database, to.Username, to.Password) = (address, settings.Port, settings.Database, settings.Username, settings.Password);
        to.ApplicationName = applicationName;
        to.Pooling = false;
        to.Timeout = (int)settings.ConnectTimeout.TotalSeconds;
        to.CommandTimeout = 0; // the job's timeout is a cancel
        to.CancellationTimeout = CancelMillisecondsMax;
        to.GssEncryptionMode = GssEncryptionMode.Disable;
        to.PersistSecurityInfo = false;
        to.IncludeErrorDetail = true;
        to.KeepAlive = KeepAliveSeconds;
        to.SslMode = Mode(settings.EffectiveTls);
        if (to.SslMode != SslMode.Disable) Protect(builder);
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false)); // they are looked up as results need them
        return builder.Build();
    }

    private void Protect(NpgsqlDataSourceBuilder builder)
    {
        builder.UseSslClientAuthenticationOptionsCallback(tls =>
        {
            tls.TargetHost = settings.Host; // what is connected to is an address
            if (settings.Client is { } client) tls.ClientCertificates = [X509Certificate2.CreateFromPem(client.Certificate, client.Key)];
        });
        if (settings.RootCertificate is not null) builder.UseRootCertificates(settings.Roots);
    }

    /// <summary>How long the driver waits for a cancelled statement's answer before it gives the connection up.</summary>
    private const int CancelMillisecondsMax = 2_000;

    private const int KeepAliveSeconds = 30;

    private static SslMode Mode(TlsMode mode) => mode switch
    {
        TlsMode.Disable => SslMode.Disable,
        TlsMode.Prefer => SslMode.Prefer,
        TlsMode.Require => SslMode.Require,
        TlsMode.VerifyCa => SslMode.VerifyCA,
        TlsMode.VerifyFull => SslMode.VerifyFull,
    };

    private static JobError TooOld(Version found) => JobError.Of(
        ErrorKind.NotFound, $"The server is PostgreSQL {found.ToString(2)}; {OldestServer.Major.ToString(CultureInfo.InvariantCulture)} and newer are accepted.", "server_too_old", "Upgrade the server.");
}
