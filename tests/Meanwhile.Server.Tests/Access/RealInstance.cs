using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.Hosting;
using Meanwhile.Problems;
using Meanwhile.Server.Tests.Hosting;
using Meanwhile.Testing.Access;
using Meanwhile.Workers;
using Microsoft.Extensions.DependencyInjection;

namespace Meanwhile.Server.Tests.Access;

/// <summary>The real engine on the real SQLite store in a directory of its own, behind the real server.</summary>
internal sealed class RealInstance : IInstance
{
    private readonly DirectoryInfo _directory;
    private readonly bool _isFar;
    private readonly List<MeanwhileClient> _clients = [];

    private RealInstance(DirectoryInfo directory, TestServer server, bool isFar)
    {
        (_directory, Server, _isFar) = (directory, server, isFar);
        AdminToken = server.Services.GetRequiredService<MeanwhileHost>().NewAdminKey!;
    }

    public TestServer Server { get; }

    public string AdminToken { get; }

    public string DataDirectory => _directory.FullName;

    public string SourceFolder => Path.Combine(_directory.FullName, SqliteHosting.SourcesFolder);

    /// <summary>Starts an instance.</summary>
    /// <param name="isFar">Whether its doors are opened over HTTP.</param>
    /// <param name="time">The engine's clock; null = the system's.</param>
    /// <param name="grace">How long running work may go on once it is to stop.</param>
    /// <param name="configure">Changes what the server lets one set.</param>
    /// <param name="compose">What else the engine is.</param>
    public static async Task<RealInstance> StartAsync(
        bool isFar, TimeProvider? time = null, TimeSpan grace = default, Action<MeanwhileServerOptions>? configure = null, Action<MeanwhileBuilder>? compose = null)
    {
        var directory = Directory.CreateTempSubdirectory("meanwhile-server-");
        Directory.CreateDirectory(Path.Combine(directory.FullName, SqliteHosting.SourcesFolder));
        var server = await TestServer.StartAsync(services => services.AddSingleton(time ?? TimeProvider.System).AddMeanwhile(engine =>
        {
            engine.UseSqlite(directory.FullName);
            engine.Options.ShutdownGrace = grace;
            compose?.Invoke(engine);
        }), configure);
        server.Services.GetRequiredService<MeanwhileHost>().Announce(server.Address.ToString());
        return new RealInstance(directory, server, isFar);
    }

    public async ValueTask<(IJobs Jobs, IAdministration Administration)> OpenAsync(string token, string? project = null)
    {
        if (_isFar)
        {
            var client = new MeanwhileClient(Server.Address, token, project);
            _clients.Add(client);
            return (client, client);
        }

        var engine = Server.Services.GetRequiredService<IMeanwhile>();
        var caller = await engine.AuthenticateAsync(token, project, default) ?? throw new ProblemException(ProblemCodes.Unauthenticated, "The key is not accepted.");
        return (engine.As(caller), engine.AdministrationAs(caller));
    }

    public async ValueTask<IWorkers> OpenWorkersAsync(string token)
    {
        if (_isFar)
        {
            var client = new MeanwhileClient(Server.Address, token);
            _clients.Add(client);
            return client;
        }

        var engine = Server.Services.GetRequiredService<IMeanwhile>();
        return engine.WorkersAs(await engine.AuthenticateAsync(token, null, default) ?? throw new ProblemException(ProblemCodes.Unauthenticated, "The key is not accepted."));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await Server.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
