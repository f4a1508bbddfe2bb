using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Tests.Callbacks;

/// <summary>A real endpoint on a loopback port, which answers as a test tells it and remembers what it was sent.</summary>
internal sealed class TestEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<Received> _calls = Channel.CreateUnbounded<Received>();

    /// <summary>A request as it came.</summary>
    public sealed record Received(string Path, string Method, JsonElement Body, IReadOnlyDictionary<string, string> Headers)
    {
        public string CallbackPath => new Uri(Body.GetProperty("callback_url").GetString()!).AbsolutePath;
    }

    private TestEndpoint(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    /// <summary>What it answers to each path; 202 where nothing is said. Taken one after the other, the last again and again.</summary>
    public ConcurrentDictionary<string, Queue<Func<HttpResponse, Task>>> Answers { get; } = new();

    public static async Task<TestEndpoint> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var endpoint = new TestEndpoint(app);
        app.Run(endpoint.TakeAsync);
        await app.StartAsync();
        return endpoint;
    }

    /// <summary>The next request, waiting for it.</summary>
    public async Task<Received> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await _calls.Reader.ReadAsync(patience.Token);
    }

    /// <summary>Whether there is a request that no test has looked at.</summary>
    public bool HasMore => _calls.Reader.TryPeek(out _);

    /// <summary>Says what it answers.</summary>
    public void Answer(string path, params Func<HttpResponse, Task>[] answers) => Answers[path] = new Queue<Func<HttpResponse, Task>>(answers);

    /// <summary>An answer of a status, with a body.</summary>
    public static Func<HttpResponse, Task> Status(int status, string? json = null, int? retryAfter = null) => async response =>
    {
        response.StatusCode = status;
        if (retryAfter is { } seconds) response.Headers.RetryAfter = $"{seconds}";
        if (json is not null) await response.WriteAsync(json);
    };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString());
        await _calls.Writer.WriteAsync(new Received(context.Request.Path, context.Request.Method, body.RootElement.Clone(), headers));
        Func<HttpResponse, Task> answer = Status(202);
        if (Answers.TryGetValue(context.Request.Path, out var queue))
        {
            lock (queue) answer = queue.Count > 1 ? queue.Dequeue() : queue.Peek();
        }

        await answer(context.Response);
    }
}
