using System.Net.Http.Headers;
using System.Text;
using Meanwhile.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Server.Tests.Hosting;

/// <summary>The server on a loopback port of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestServer(WebApplication app, LogLines log)
    {
        _app = app;
        Log = log;
        Address = new Uri(app.Urls.Single());
        Http = new HttpClient { BaseAddress = Address };
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>A client without a key.</summary>
    public HttpClient Http { get; }

    /// <summary>Everything that was logged.</summary>
    public LogLines Log { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a server over an engine.</summary>
    public static Task<TestServer> StartAsync(IMeanwhile engine, Action<MeanwhileServerOptions>? configure = null) =>
        StartAsync(services => services.AddSingleton(engine), configure);

    /// <summary>Starts a server over whatever registers an engine.</summary>
    public static async Task<TestServer> StartAsync(Action<IServiceCollection> addEngine, Action<MeanwhileServerOptions>? configure = null)
    {
        var log = new LogLines();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log);
        addEngine(builder.Services);
        builder.Services.AddMeanwhileServer(options =>
        {
            options.AnswersUnknownPaths = true;
            configure?.Invoke(options);
        });
        var app = builder.Build();
        app.MapMeanwhile();
        await app.StartAsync();
        return new TestServer(app, log);
    }

    /// <summary>Begins to stop, without waiting for the end.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <summary>Sends a request.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, string? json = null, string? token = Doubles.ScriptedEngine.Token, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var request = new HttpRequestMessage(method, address);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return Http.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
