using System.Net;
using Meanwhile.Server.Tests.Access;
using Meanwhile.Server.Tests.Doubles;
using Meanwhile.Server.Tests.Hosting;
using Meanwhile.Testing.Time;
using Microsoft.Extensions.DependencyInjection;

namespace Meanwhile.Server.Tests.Security;

public sealed class RequestRateTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ScriptedEngine _engine = new();
    private TestServer _server = null!;
    private MeanwhileServerOptions _options = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(
        services => services.AddSingleton<TimeProvider>(_clock).AddSingleton<Meanwhile.Access.IMeanwhile>(_engine),
        options =>
        {
            (options.PrincipalRequestsPerSecond, options.ProjectRequestsPerSecond, options.FailedLoginsPerMinute) = (4, 8, 3);
            _options = options;
        });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task<HttpResponseMessage> AskAsync(string? token = ScriptedEngine.Token) => _server.SendAsync(HttpMethod.Get, "/v1/jobs", token: token);

    [Fact]
    public async Task A_principal_that_is_too_fast_is_told_when_to_come_again_and_what_is_limited()
    {
        for (var i = 0; i < 4; i++) Assert.Equal(HttpStatusCode.OK, (await AskAsync()).StatusCode);

        var refused = await AskAsync();
        var problem = await refused.ProblemAsync(429, "rate_limited");
        _clock.Advance(TimeSpan.FromSeconds(1));
        var next = await AskAsync();

        Assert.Equal("1", refused.Headers.RetryAfter!.ToString());
        Assert.Equal(250, problem.GetProperty("poll_after_ms").GetInt32());
        var limit = problem.GetProperty("limit");
        Assert.Equal(("key:tester", "requests_per_second", "4", "4"), (limit.Text("key"), limit.Text("name"), limit.Text("max"), limit.Text("used")));
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Every_answer_to_a_key_says_how_many_requests_are_left()
    {
        var first = await AskAsync();
        var second = await AskAsync();

        Assert.Equal("\"principal\";q=4;w=1, \"project\";q=8;w=1", Assert.Single(first.Headers.GetValues("RateLimit-Policy")));
        Assert.Equal("\"principal\";r=3;t=1, \"project\";r=7;t=1", Assert.Single(first.Headers.GetValues("RateLimit")));
        Assert.Equal("\"principal\";r=2;t=1, \"project\";r=6;t=1", Assert.Single(second.Headers.GetValues("RateLimit")));
        Assert.False((await _server.SendAsync(HttpMethod.Get, "/healthz/live", token: null)).Headers.Contains("RateLimit"));
    }

    [Fact]
    public async Task Each_of_two_nodes_lets_through_half()
    {
        _engine.NodeCount = 2;

        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 3; i++) statuses.Add((await AskAsync()).StatusCode);

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], statuses);
    }

    [Fact]
    public async Task All_of_a_project_together_are_limited_too()
    {
        _options.PrincipalRequestsPerSecond = 0;
        for (var i = 0; i < 8; i++) Assert.Equal(HttpStatusCode.OK, (await AskAsync()).StatusCode);

        var problem = await (await AskAsync()).ProblemAsync(429, "rate_limited");

        Assert.Equal("project:default", problem.GetProperty("limit").Text("key"));
    }

    [Fact]
    public async Task Zero_is_no_limit_and_has_no_headers()
    {
        (_options.PrincipalRequestsPerSecond, _options.ProjectRequestsPerSecond, _options.FailedLoginsPerMinute) = (0, 0, 0);

        for (var i = 0; i < 20; i++)
        {
            var answer = await AskAsync();
            Assert.Equal((HttpStatusCode.OK, false), (answer.StatusCode, answer.Headers.Contains("RateLimit")));
            Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync("mw_x_y")).StatusCode);
        }
    }

    [Fact]
    public async Task An_address_that_tries_many_keys_is_slowed_down_and_good_keys_of_it_are_not()
    {
        for (var i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(i == 0 ? null : $"mw_x_{i}")).StatusCode);

        var refused = await AskAsync("mw_x_y");
        var good = await AskAsync();
        _clock.Advance(TimeSpan.FromSeconds(20));
        var later = await AskAsync("mw_x_y");

        var problem = await refused.ProblemAsync(429, "rate_limited");
        Assert.Equal(("address", "failed_logins_per_minute"), (problem.GetProperty("limit").Text("key"), problem.GetProperty("limit").Text("name")));
        Assert.Equal("20", refused.Headers.RetryAfter!.ToString());
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, later.StatusCode);
    }

    [Fact]
    public async Task A_real_engine_counts_its_nodes()
    {
        await using var instance = await RealInstance.StartAsync(isFar: true);

        Assert.Equal(1, instance.Server.Services.GetRequiredService<Meanwhile.Access.IMeanwhile>().NodeCount);
    }
}
