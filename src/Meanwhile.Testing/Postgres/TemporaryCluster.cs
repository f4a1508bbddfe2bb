using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Meanwhile.Testing.Postgres;

/// <summary>How <c>pg_ctl stop</c> ends a cluster.</summary>
public enum ClusterStop
{
    /// <summary>Sessions are cut, what they did is rolled back, and the cluster is checkpointed.</summary>
    Fast,

    /// <summary>As in a crash: the next start recovers from the log.</summary>
    Immediate,
}

/// <summary>A real PostgreSQL cluster in a temporary folder, on a free port of 127.0.0.1, for the tests of one process.</summary>
/// <remarks>
/// Uses the newest server below <c>/usr/lib/postgresql</c>, or the one that <c>PG_BIN</c> names. Started by root it runs as the user <c>postgres</c>, as PostgreSQL refuses root.
/// Passwords are checked (SCRAM). Durable as in production: fsync is on.
/// </remarks>
public sealed class TemporaryCluster : IAsyncDisposable
{
    /// <summary>The superuser.</summary>
    public const string Superuser = "postgres";

    /// <summary>The superuser's password.</summary>
    public const string Password = "superuser secret";

    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(60);
    private readonly ServerPrograms _programs;
    private bool _runs;

    private TemporaryCluster(ServerPrograms programs, string directory, int port)
    {
        _programs = programs;
        Directory = directory;
        Port = port;
    }

    /// <summary>Where everything of the cluster lies.</summary>
    public string Directory { get; }

    /// <summary>The data directory.</summary>
    public string Data => Path.Combine(Directory, "data");

    /// <summary>What the server logs.</summary>
    public string LogFile => Path.Combine(Directory, "server.log");

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Makes and starts a cluster.</summary>
    /// <param name="settings">Lines of postgresql.conf besides the defaults, such as <c>max_connections = 20</c>.</param>
    public static Task<TemporaryCluster> StartAsync(IReadOnlyList<string>? settings = null, CancellationToken cancellationToken = default) => StartInAsync(null, settings, cancellationToken);

    /// <summary>Makes and starts a cluster somewhere else than among the temporary files.</summary>
    /// <param name="parent">The folder in which its own is made.</param>
    /// <param name="settings">As for <see cref="StartAsync"/>.</param>
    public static async Task<TemporaryCluster> StartInAsync(string? parent, IReadOnlyList<string>? settings = null, CancellationToken cancellationToken = default)
    {
        var programs = ServerPrograms.Find();
        var cluster = new TemporaryCluster(programs, ServerPrograms.MakeFolder("mw-pg-", parent), FreePort());
        await cluster.InitializeAsync(settings ?? [], cancellationToken);
        await cluster.StartAgainAsync(cancellationToken);
        return cluster;
    }

    /// <summary>Makes and starts a standby of it, which streams what it writes; stopped, it falls behind.</summary>
    public async Task<TemporaryCluster> StartReplicaAsync(CancellationToken cancellationToken = default)
    {
        var replica = new TemporaryCluster(_programs, ServerPrograms.MakeFolder("mw-pg-"), FreePort());
        await RunAsync("pg_basebackup", ["-D", replica.Data, "-R", "-X", "stream", "-c", "fast"], cancellationToken);
        await replica.ConfigureAsync([$"port = {replica.Port.ToString(CultureInfo.InvariantCulture)}", $"unix_socket_directories = '{replica.Directory}'"], cancellationToken);
        await replica.StartAgainAsync(cancellationToken);
        return replica;
    }

    /// <summary>Makes a standby the primary of a timeline of its own, from where it is.</summary>
    public Task PromoteAsync(CancellationToken cancellationToken = default) => _programs.RunAsync("pg_ctl", ["promote", "-w", "-D", Data], cancellationToken);

    /// <summary>How Npgsql reaches whichever of two clusters is the primary.</summary>
    public string ConnectionStringWith(TemporaryCluster other, string database = "postgres") =>
        $"Host=127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)},127.0.0.1:{other.Port.ToString(CultureInfo.InvariantCulture)};Target Session Attributes=primary;Database={database};Username={Superuser};Password={Password};SSL Mode=Disable";

    /// <summary>How Npgsql reaches a database of it.</summary>
    public string ConnectionString(string database = "postgres", string username = Superuser, string password = Password) =>
        $"Host=127.0.0.1;Port={Port.ToString(CultureInfo.InvariantCulture)};Database={database};Username={username};Password={password};SSL Mode=Disable";

    /// <summary>Starts it again after <see cref="StopAsync"/>, and waits until it answers.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        await _programs.RunAsync("pg_ctl", ["start", "-w", "-t", AnswersWithin.TotalSeconds.ToString(CultureInfo.InvariantCulture), "-D", Data, "-l", LogFile], cancellationToken);
        _runs = true;
    }

    /// <summary>Stops it; the folder stays.</summary>
    public async Task StopAsync(ClusterStop how = ClusterStop.Fast, CancellationToken cancellationToken = default)
    {
        _runs = false;
        await _programs.RunAsync("pg_ctl", ["stop", "-w", "-m", how == ClusterStop.Fast ? "fast" : "immediate", "-D", Data], cancellationToken);
    }

    /// <summary>Adds lines to postgresql.conf and has the server read it: enough for settings that need no restart.</summary>
    public async Task ConfigureAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken = default)
    {
        await File.AppendAllLinesAsync(Path.Combine(Data, "postgresql.conf"), settings, cancellationToken);
        if (_runs) await _programs.RunAsync("pg_ctl", ["reload", "-D", Data], cancellationToken);
    }

    /// <summary>Runs one of PostgreSQL's programs, such as pg_dump, against this cluster as its superuser.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message has what it printed.</exception>
    public Task<string> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default) =>
        _programs.RunAsync(program, ["-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", Superuser, .. arguments], cancellationToken, Password);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_runs) await StopAsync(ClusterStop.Immediate);
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>A port that nothing listens on now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task InitializeAsync(IReadOnlyList<string> settings, CancellationToken cancellationToken)
    {
        var passwordFile = Path.Combine(Directory, "password");
        await File.WriteAllTextAsync(passwordFile, Password, cancellationToken);
        ServerPrograms.GiveAway(passwordFile);
        await _programs.RunAsync(
            "initdb", ["-D", Data, "-U", Superuser, "-A", "scram-sha-256", "--pwfile", passwordFile, "-E", "UTF8", "--locale=C.UTF-8"], cancellationToken);
        string[] defaults =
        [
            "listen_addresses = '127.0.0.1'",
            $"port = {Port.ToString(CultureInfo.InvariantCulture)}",
            $"unix_socket_directories = '{Directory}'",
            "max_connections = 200",
            "shared_buffers = 256MB",
            "max_wal_size = 2GB",
            "log_min_messages = warning",
        ];
        await File.AppendAllLinesAsync(Path.Combine(Data, "postgresql.conf"), [.. defaults, .. settings], cancellationToken);
    }
}
