using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Meanwhile.Testing.Postgres;

/// <summary>A real pgbouncer in transaction mode in front of a <see cref="TemporaryCluster"/>.</summary>
public sealed class TemporaryBouncer : IAsyncDisposable
{
    private const string UsersFile = "users.txt";
    private const string SettingsFile = "pgbouncer.ini";
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private readonly Process _process;
    private readonly string _directory;
    private readonly int _port;
    private readonly int _poolSize;

    private TemporaryBouncer(Process process, string directory, int port, int poolSize)
    {
        _process = process;
        _directory = directory;
        _port = port;
        _poolSize = poolSize;
    }

    /// <summary>Starts one.</summary>
    /// <param name="poolSize">How many connections to the server it holds for each database and user.</param>
    public static async Task<TemporaryBouncer> StartAsync(TemporaryCluster cluster, int poolSize = 20, CancellationToken cancellationToken = default)
    {
        var (directory, port) = (ServerPrograms.MakeFolder("mw-pgb-"), TemporaryCluster.FreePort());
        var (users, settings) = (Path.Combine(directory, UsersFile), Path.Combine(directory, SettingsFile));
        await File.WriteAllTextAsync(users, $"\"{TemporaryCluster.Superuser}\" \"{TemporaryCluster.Password}\"\n", cancellationToken);
        await File.WriteAllTextAsync(settings, Settings(cluster, port, poolSize, users), cancellationToken);
        ServerPrograms.GiveAway(users);
        ServerPrograms.GiveAway(settings);
        var process = Process.Start(Start(settings)) ?? throw new InvalidOperationException("pgbouncer did not start.");
        var bouncer = new TemporaryBouncer(process, directory, port, poolSize);
        await bouncer.AnswersAsync(cancellationToken);
        return bouncer;
    }

    /// <summary>How Npgsql reaches a database through it.</summary>
    public string ConnectionString(string database = "postgres") =>
        $"Host=127.0.0.1;Port={_port.ToString(CultureInfo.InvariantCulture)};Database={database};Username={TemporaryCluster.Superuser};Password={TemporaryCluster.Password};SSL Mode=Disable";

    /// <summary>Leads to another cluster from now on; clients keep their connections, and what they ask next is asked there.</summary>
    public async Task LeadToAsync(TemporaryCluster cluster, CancellationToken cancellationToken = default)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, SettingsFile), Settings(cluster, _port, _poolSize, Path.Combine(_directory, UsersFile)), cancellationToken);
        await ServerPrograms.Find().RunAsync(
            "psql", ["-h", "127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture), "-U", TemporaryCluster.Superuser, "-d", "pgbouncer", "-c", "reload"], cancellationToken, TemporaryCluster.Password);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string Settings(TemporaryCluster cluster, int port, int poolSize, string users) =>
        $"""
        [databases]
        * = host=127.0.0.1 port={cluster.Port}
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = {port}
        unix_socket_dir =
        auth_type = scram-sha-256
        auth_file = {users}
        pool_mode = transaction
        default_pool_size = {poolSize}
        max_client_conn = 1000
        admin_users = {TemporaryCluster.Superuser}
        log_connections = 0
        log_disconnections = 0
        """;

    private static ProcessStartInfo Start(string settings)
    {
        var start = new ProcessStartInfo(
            "sh",
            Environment.IsPrivilegedProcess
                ? ["-c", "exec runuser -u \"$1\" -- /usr/sbin/pgbouncer -q \"$2\" > /dev/null 2>&1", "sh", TemporaryCluster.Superuser, settings]
                : ["-c", "exec /usr/sbin/pgbouncer -q \"$1\" > /dev/null 2>&1", "sh", settings]);
        start.WorkingDirectory = Path.GetTempPath();
        return start;
    }

    private async Task AnswersAsync(CancellationToken cancellationToken)
    {
        using var atMost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        atMost.CancelAfter(AnswersWithin);
        while (!await ListensAsync(atMost.Token))
        {
            if (_process.HasExited) throw new InvalidOperationException($"pgbouncer ended with {_process.ExitCode.ToString(CultureInfo.InvariantCulture)}: is it installed?");
            await Task.Delay(LookEvery, TimeProvider.System, atMost.Token); // a process says by listening that it is ready
        }
    }

    private async Task<bool> ListensAsync(CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", _port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
