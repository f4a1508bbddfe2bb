using System.Net;
using System.Text;
using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.Problems;
using Meanwhile.Testing.Time;

namespace Meanwhile.Server.Tests.Client;

public sealed class RetryTests : IDisposable
{
    private static readonly TimeSpan ServerAsks = TimeSpan.FromSeconds(3);
    private readonly ManualTimeProvider _time = new();
    private readonly FailingHandler _handler = new();
    private readonly HttpClient _http;
    private readonly MeanwhileClient _client;

    public RetryTests()
    {
        _http = new HttpClient(_handler);
        _client = new MeanwhileClient(new MeanwhileClientOptions { Server = new Uri("http://localhost/base"), Key = "mw_a_b", Time = _time, TriesMax = 3 }, _http);
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
        _handler.Dispose();
    }

    [Fact]
    public async Task A_read_is_tried_again_once_the_server_said_it_may()
    {
        _handler.Answers = [Unavailable, Stats];
        var reading = _client.StatsAsync(default).AsTask();
        _time.Advance(ServerAsks - TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, _handler.Sent);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(7, (await reading).NodeRunning);
        Assert.Equal("http://localhost/base/v1/stats", _handler.Address);
    }

    [Fact]
    public async Task A_read_that_came_too_fast_is_tried_again_and_one_over_a_quota_is_not()
    {
        _handler.Answers = [() => TooMany("rate_limited"), Stats, () => TooMany("quota_exceeded")];
        var reading = _client.StatsAsync(default).AsTask();
        _time.Advance(ServerAsks);
        Assert.Equal(7, (await reading).NodeRunning);

        var refused = await Assert.ThrowsAsync<ProblemException>(() => _client.StatsAsync(default).AsTask());

        Assert.Equal((ProblemCodes.QuotaExceeded, ServerAsks, new LimitReached("key:k", "n", 2, 1)), (refused.Problem.Code, refused.Problem.RetryAfter, refused.Problem.Limit));
        Assert.Equal(3, _handler.Sent);
    }

    [Fact]
    public async Task Tries_come_to_an_end()
    {
        _handler.Answers = [Unavailable, Unavailable, Unavailable, Stats];
        var reading = _client.StatsAsync(default).AsTask();
        _time.Advance(ServerAsks);
        _time.Advance(ServerAsks);

        Assert.Equal(ProblemCodes.Unavailable, (await Assert.ThrowsAsync<ProblemException>(() => reading)).Problem.Code);
        Assert.Equal(3, _handler.Sent);
    }

    [Fact]
    public async Task A_submission_without_an_idempotency_key_is_sent_once()
    {
        _handler.Answers = [Unavailable];

        await Assert.ThrowsAsync<ProblemException>(() => _client.SubmitAsync(new JobRequest { Tool = "t" }, default).AsTask());
        Assert.Equal(1, _handler.Sent);
    }

    [Fact]
    public async Task A_submission_under_an_idempotency_key_is_sent_again()
    {
        _handler.Answers = [() => throw new HttpRequestException("connection refused"), () => Problem(HttpStatusCode.BadRequest, "invalid_request")];
        var submitting = _client.SubmitAsync(new JobRequest { Tool = "t", IdempotencyKey = "once" }, default).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(ProblemCodes.InvalidRequest, (await Assert.ThrowsAsync<ProblemException>(() => submitting)).Problem.Code);
        Assert.Equal(2, _handler.Sent);
    }

    [Fact]
    public async Task An_answer_that_is_not_ours_is_told_by_its_status()
    {
        _handler.Answers = [() => new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("<html>") }];

        var problem = (await Assert.ThrowsAsync<ProblemException>(() => _client.GetAsync("x", default).AsTask())).Problem;
        Assert.Equal(ProblemCodes.NotFound, problem.Code);
        Assert.Contains("404", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_not_told_that_the_server_is_away()
    {
        using var gaveUp = new CancellationTokenSource();
        _handler.Answers = [Unavailable];
        var reading = _client.StatsAsync(gaveUp.Token).AsTask();
        await gaveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    private static HttpResponseMessage Unavailable()
    {
        var response = Problem(HttpStatusCode.ServiceUnavailable, "unavailable");
        response.Headers.RetryAfter = new(ServerAsks);
        return response;
    }

    private static HttpResponseMessage TooMany(string code)
    {
        var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests)
        {
            Content = new StringContent($$$"""{"type":"t","title":"t","status":429,"detail":"d","code":"{{{code}}}","limit":{"key":"key:k","name":"n","max":2,"used":1}}""", Encoding.UTF8, "application/problem+json"),
        };
        response.Headers.RetryAfter = new(ServerAsks);
        return response;
    }

    private static HttpResponseMessage Stats() =>
        new(HttpStatusCode.OK) { Content = new StringContent("""{"jobs":{},"node_running":7,"newer_field":1}""", Encoding.UTF8, "application/json") };

    private static HttpResponseMessage Problem(HttpStatusCode status, string code) => new(status)
    {
        Content = new StringContent($$"""{"type":"t","title":"t","status":{{(int)status}},"detail":"d","code":"{{code}}"}""", Encoding.UTF8, "application/problem+json"),
    };

    private sealed class FailingHandler : HttpMessageHandler
    {
        public Func<HttpResponseMessage>[] Answers { get; set; } = [];

        public int Sent { get; private set; }

        public string? Address { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Address = request.RequestUri!.AbsoluteUri;
            return Task.FromResult(Answers[Sent++]());
        }
    }
}
