using System.Net;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Meanwhile.Client;

namespace Meanwhile.EndToEnd.Tests.Running;

/// <summary>A real <c>meanwhile serve</c> on a port and a data directory of its own.</summary>
/// <remarks>Can be killed or terminated and started again on the same data and address. Disposing kills it and removes what it made.</remarks>
public sealed partial class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly IReadOnlyList<string> _arguments;
    private readonly IReadOnlyDictionary<string, string?> _environment;
    private readonly IReadOnlyList<string> _launcher;
    private readonly string _home = Directory.CreateTempSubdirectory("meanwhile-").FullName;
    private Executable? _process;

    private ServerProcess(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string?> environment, IReadOnlyList<string> launcher, string? adminKeyFile)
    {
        AdminKeyFile = adminKeyFile ?? Path.Combine(_home, "admin.key");
        _arguments = arguments;
        _environment = environment;
        _launcher = launcher;
    }

    /// <summary>Where it listens; stays the same when it is started again.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>The admin key's token.</summary>
    public string AdminKey => File.ReadAllText(AdminKeyFile).Trim();

    public string AdminKeyFile { get; private init; } = "";

    public string DataDirectory => Path.Combine(_home, "data");

    /// <summary>Where databases of sources may lie by default.</summary>
    public string SourcesDirectory => Path.Combine(DataDirectory, "sources");

    /// <summary>The process that runs, or ran last.</summary>
    public Executable Process => _process ?? throw new InvalidOperationException("The server was not started.");

    /// <summary>Starts a server and waits until it can take work.</summary>
    /// <param name="arguments">Added to the command line.</param>
    /// <param name="environment">Added to the environment.</param>
    /// <param name="launcher">Stands before the command line, and must become the server: exec, and no process of its own.</param>
    /// <param name="adminKeyFile">One that another node of the same store has; null = its own.</param>
    public static async Task<ServerProcess> StartAsync(
        IReadOnlyList<string>? arguments = null, IReadOnlyDictionary<string, string?>? environment = null, IReadOnlyList<string>? launcher = null, string? adminKeyFile = null)
    {
        var server = new ServerProcess(arguments ?? [], environment ?? new Dictionary<string, string?>(), launcher ?? [], adminKeyFile);
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it, again, and waits until it can take work.</summary>
    public async Task StartAgainAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        string[] command = [.. _launcher, Executable.Meanwhile, "serve", "--data", DataDirectory, "--url", Address.ToString(), "--admin-key-file", AdminKeyFile, .. _arguments];
        _process = Executable.Start(command[0], command[1..], _environment);
        await UntilAsync("The server is ready", IsReadyAsync, ReadyWithin);
    }

    /// <summary>A client bound to a key.</summary>
    /// <param name="key">Null = the admin key.</param>
    public MeanwhileClient Client(string? key = null, string? project = null) => new(Address, key ?? AdminKey, project);

    /// <summary>Kills it in the middle of whatever it does: SIGKILL.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>Stops it where it is, as a machine that is suspended: SIGSTOP.</summary>
    public void Freeze() => Process.Freeze();

    /// <summary>Lets it go on: SIGCONT.</summary>
    public void Thaw() => Process.Thaw();

    /// <summary>Asks it to stop, and waits until it has: SIGTERM.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> TerminateAsync()
    {
        Process.Signal(PosixSignal.SIGTERM);
        return Process.EndAsync();
    }

    /// <summary>Asks again and again until something is so.</summary>
    public async Task UntilAsync(string what, Func<Task<bool>> isSo, TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        using var ticks = new PeriodicTimer(AskEvery);
        while (!await isSo())
        {
            if (Process.HasExited) throw new InvalidOperationException($"{what}: never, the server has ended.\n{Process.Out}\n{Process.Error}");
            try
            {
                await ticks.WaitForNextTickAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{what}: not within {within}.\n{Process.Out}\n{Process.Error}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        if (ListensAt() is not { } address) return false;
        Address = address;
        try
        {
            using var response = await _http.GetAsync(new Uri(address, "/healthz/ready"));
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false; // not yet
        }
    }

    /// <summary>Where this very process says that it listens; null while it has not.</summary>
    private Uri? ListensAt() => Announcement().Match(Process.Out) is { Success: true } said ? new Uri(said.Groups[1].Value) : null;

    [GeneratedRegex(@"^Meanwhile listens on (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Announcement();
}
