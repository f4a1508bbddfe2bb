using System.Net;
using System.Text;
using Meanwhile.Problems;
using Meanwhile.Server.Tests.Doubles;
using Meanwhile.Server.Tests.Hosting;
using Meanwhile.Stores;

namespace Meanwhile.Server.Tests.Problems;

public sealed class StoreFaultTests : IAsyncLifetime
{
    private readonly ScriptedEngine _engine = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(_engine);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_silent_store_is_unavailable_and_says_when_to_try_again()
    {
        _engine.Jobs.OnSubmit = _ => throw new StoreUnavailableException("canary-path");
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", """{"tool":"query"}""");

        var problem = await response.ProblemAsync(503, "unavailable");
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.DoesNotContain("canary", problem.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_outcome_names_the_job_to_look_up()
    {
        _engine.Jobs.OnSubmit = _ => throw new ProblemException(new Problem
        {
            Code = ProblemCodes.Unavailable, Detail = "It may be stored.", JobId = "0199", Outcome = "unknown", RetryAfter = TimeSpan.FromSeconds(1.2),
        });
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", """{"tool":"query"}""");

        var problem = await response.ProblemAsync(503, "unavailable");
        Assert.Equal(("0199", "unknown", "1200"), (problem.Text("job_id"), problem.Text("outcome"), problem.Text("poll_after_ms")));
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task A_download_that_breaks_off_is_seen_to_be_broken()
    {
        _engine.Jobs.OnExport = async destination =>
        {
            await destination.WriteAsync(Encoding.UTF8.GetBytes("[1]\n"));
            await destination.FlushAsync();
            throw new StoreUnavailableException("gone");
        };

        // Before or after its headers have been seen: but it must not look whole.
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _server.Http.SendAsync(Download()));
        Assert.Contains("read_result was cut short", _server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_that_fails_before_its_first_byte_is_a_problem()
    {
        _engine.Jobs.OnExport = _ => throw new ProblemException(new Problem { Code = ProblemCodes.NotDone, Detail = "Not done.", JobId = "0199", Status = "running", RetryAfter = TimeSpan.FromSeconds(1) });
        using var response = await _server.Http.SendAsync(Download());

        var problem = await response.ProblemAsync(409, "not_done");
        Assert.Equal(("running", "1000"), (problem.Text("job_status"), problem.Text("poll_after_ms")));
    }

    [Theory]
    [InlineData(ProblemCodes.Gone, 410)]
    [InlineData(ProblemCodes.NoResult, 409)]
    [InlineData(ProblemCodes.Conflict, 409)]
    [InlineData(ProblemCodes.AlreadyExists, 409)]
    [InlineData(ProblemCodes.IdempotencyConflict, 409)]
    [InlineData(ProblemCodes.Forbidden, 403)]
    [InlineData(ProblemCodes.NotFound, 404)]
    [InlineData(ProblemCodes.TooMany, 429)]
    [InlineData(ProblemCodes.NotSupported, 400)]
    public async Task What_the_door_refuses_has_the_status_of_its_code(string code, int status)
    {
        _engine.Jobs.OnExport = _ => throw new ProblemException(new Problem { Code = code, Detail = "No.", OldestCursor = "oldest" });
        using var response = await _server.Http.SendAsync(Download());

        Assert.Equal("oldest", (await response.ProblemAsync(status, code)).Text("oldest_cursor"));
    }

    [Fact]
    public async Task Readiness_says_what_is_missing()
    {
        using var ready = await _server.SendAsync(HttpMethod.Get, "/healthz/ready", token: null);
        _engine.Readiness = new(["The store does not answer."]);
        using var notReady = await _server.SendAsync(HttpMethod.Get, "/healthz/ready", token: null);
        using var live = await _server.SendAsync(HttpMethod.Get, "/healthz/live", token: null);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (ready.StatusCode, notReady.StatusCode, live.StatusCode));
        Assert.Equal("The store does not answer.", (await notReady.JsonAsync()).GetProperty("reasons")[0].GetString());
    }

    private HttpRequestMessage Download() =>
        new(HttpMethod.Get, $"/v1/jobs/{_engine.Jobs.Add().Id}/result?format=csv") { Headers = { Authorization = new("Bearer", ScriptedEngine.Token) } };
}
