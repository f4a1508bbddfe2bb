using System.Text.Json.Serialization.Metadata;
using Meanwhile.Access;
using Meanwhile.Workers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Meanwhile.Server.Operations;

/// <summary>One request and its answer, with the door that its caller came through.</summary>
/// <exception cref="Meanwhile.Problems.ProblemException">The query string has what the operation does not take.</exception>
internal sealed class Exchange(HttpContext context, Operation operation, Edge edge, Caller? caller)
{
    /// <summary>The request and the response.</summary>
    public HttpContext Context => context;

    /// <summary>The engine, for who needs no key.</summary>
    public IMeanwhile Meanwhile => edge.Meanwhile;

    /// <summary>What the server lets one set.</summary>
    public MeanwhileServerOptions Options => edge.Options;

    /// <summary>The door to jobs.</summary>
    public IJobs Jobs => field ??= edge.Meanwhile.As(Caller);

    /// <summary>The door to what configures the instance.</summary>
    public IAdministration Administration => field ??= edge.Meanwhile.AdministrationAs(Caller);

    /// <summary>The door for workers.</summary>
    public IWorkers Workers => field ??= edge.Meanwhile.WorkersAs(Caller);

    /// <summary>Why work can't be taken now; empty when it can.</summary>
    public IReadOnlyList<string> NotReadyReasons => edge.Waits.IsStopping ? ["The server is stopping."] : edge.Meanwhile.Readiness.Reasons;

    /// <summary>Who asks.</summary>
    public Caller Caller => caller ?? throw new InvalidOperationException($"{operation.Name} is open: it has no caller.");

    /// <summary>The query string, checked against the operation's parameters.</summary>
    public QueryReader Query { get; } = new(operation.IgnoresInput ? QueryCollection.Empty : context.Request.Query, operation.Query);

    /// <summary>Fires when the caller has gone.</summary>
    public CancellationToken Aborted => context.RequestAborted;

    /// <summary>The clock.</summary>
    public TimeProvider Time => edge.Time;

    /// <summary>Now.</summary>
    public DateTimeOffset Now => edge.Time.GetUtcNow();

    /// <summary>A part of the address.</summary>
    public string Route(string name) => context.Request.RouteValues[name] as string ?? "";

    /// <summary>A header's only value; null when it is absent or empty.</summary>
    public string? Header(string name) => context.Request.Headers.TryGetValue(name, out var values) && values.ToString() is { Length: > 0 } text ? text : null;

    /// <summary>Refuses a header that means something elsewhere but nothing here: who sends it would count on it.</summary>
    /// <param name="instead">What the caller can do, as a clause.</param>
    public void RefuseHeader(string name, string instead)
    {
        if (Header(name) is not null) throw Refusals.Field(name, $"is a header that this operation does not take; {instead}");
    }

    /// <summary>Reads the body.</summary>
    public ValueTask<T> ReadAsync<T>(JsonTypeInfo<T> json) where T : class => BodyReader.ReadAsync(context.Request, json, edge.Options.BodyBytesMax);

    /// <summary>Reads the body of an operation that can do without one.</summary>
    /// <returns>Null when there is none.</returns>
    public async ValueTask<T?> ReadIfAnyAsync<T>(JsonTypeInfo<T> json) where T : class => BodyReader.HasNone(context.Request) ? null : await ReadAsync(json);

    /// <summary>Answers with a small JSON body.</summary>
    public Task AnswerAsync<T>(int status, T body, JsonTypeInfo<T> json) => AnswerWriter.WriteSmallAsync(context.Response, status, body, json, "application/json");

    /// <summary>Answers with a JSON body that may be long: compressed when the caller can read that.</summary>
    public Task AnswerLongAsync<T>(T body, JsonTypeInfo<T> json) => AnswerWriter.WriteLongAsync(context, body, json);

    /// <summary>Answers without a body.</summary>
    public Task AnswerNothingAsync(int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    /// <summary>Lets the body be as long and as slow as it is: it is read in constant memory, and a bounded number of such at once.</summary>
    /// <exception cref="Meanwhile.Problems.ProblemException">As many as may be are being read.</exception>
    public IDisposable BeginUpload()
    {
        var upload = edge.Uploads.Begin();
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        return upload;
    }

    /// <summary>Waits for something to happen, but neither beyond the server's stop nor when too many wait already.</summary>
    /// <param name="wait">Waits; cancelled when the server stops.</param>
    /// <param name="look">Says how things are at once.</param>
    public Task<T> WaitAsync<T>(Func<CancellationToken, ValueTask<T>> wait, Func<CancellationToken, ValueTask<T>> look) => edge.Waits.WaitAsync(wait, look, Aborted);
}
