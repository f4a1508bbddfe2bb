using System.Net;
using Meanwhile.Server.Operations;
using Meanwhile.Server.Tests.Doubles;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Security;

public sealed class SecurityTests : IAsyncLifetime
{
    private readonly ScriptedEngine _engine = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(_engine, options =>
    {
        options.Hosts.Add("jobs.example.org");
        options.Origins.Add("https://app.example.org");
    });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    public static TheoryData<string, string> Closed => [.. OperationTable.All.Where(operation => !operation.IsOpen).Select(operation => new TheoryDataRow<string, string>(operation.Method, operation.Pattern.Replace("**", "", StringComparison.Ordinal)))];

    [Theory]
    [MemberData(nameof(Closed))]
    public async Task Nothing_is_answered_without_a_key(string method, string address)
    {
        using var response = await _server.SendAsync(new HttpMethod(method), address, token: null);

        await response.ProblemAsync(401, "unauthenticated");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Theory]
    [InlineData("Bearer mw_wrong_secret")]
    [InlineData("Bearer ")]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("mw_tester_secret")]
    public async Task A_wrong_key_is_refused(string authorization)
    {
        using var response = await _server.SendAsync(HttpMethod.Get, "/v1/jobs", null, null, ("Authorization", authorization));

        await response.ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task A_project_that_the_key_may_not_act_in_is_forbidden()
    {
        using var response = await _server.SendAsync(HttpMethod.Get, "/v1/jobs", null, ScriptedEngine.Token, ("X-Meanwhile-Project", "other"));

        var detail = (await response.ProblemAsync(403, "forbidden")).Text("detail");
        Assert.Equal("This key belongs to project 'default' and can't act in project 'other', which X-Meanwhile-Project names. Leave the project out, or use a key of that project.", detail);
    }

    [Theory]
    [InlineData("evil.example.com", 421)]
    [InlineData("jobs.example.org", 200)]
    [InlineData("JOBS.example.org:8080", 200)]
    [InlineData("localhost", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:80", 200)]
    [InlineData("127.0.0.1.evil.example.com", 421)]
    public async Task Only_our_own_names_are_answered(string host, int status)
    {
        using var response = await _server.SendAsync(HttpMethod.Get, "/healthz/live", null, null, ("Host", host));

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task Every_answer_forbids_keeping_and_guessing()
    {
        using var response = await _server.SendAsync(HttpMethod.Get, "/v1/jobs");

        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task Pages_of_a_listed_origin_may_call_and_others_may_not()
    {
        using var listed = await _server.SendAsync(HttpMethod.Get, "/v1/jobs", null, ScriptedEngine.Token, ("Origin", "https://app.example.org"));
        using var other = await _server.SendAsync(HttpMethod.Get, "/v1/jobs", null, ScriptedEngine.Token, ("Origin", "https://evil.example.com"));
        using var preflight = await _server.SendAsync(HttpMethod.Options, "/v1/jobs", null, null, ("Origin", "https://app.example.org"), ("Access-Control-Request-Method", "POST"));
        using var foreign = await _server.SendAsync(HttpMethod.Options, "/v1/jobs", null, null, ("Origin", "https://evil.example.com"));

        Assert.Equal("https://app.example.org", listed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Contains("POST", preflight.Headers.GetValues("Access-Control-Allow-Methods").Single(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, foreign.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example.com", 403)]
    [InlineData("null", 403)]
    [InlineData("https://app.example.org", 202)]
    [InlineData("https://jobs.example.org", 202)]
    public async Task A_page_of_a_foreign_origin_can_change_nothing(string origin, int status)
    {
        using var response = await _server.SendAsync(HttpMethod.Post, "/v1/jobs", """{"tool":"query"}""", ScriptedEngine.Token, ("Origin", origin), ("Host", "jobs.example.org"));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 202 ? 1 : 0, _engine.Jobs.Requests.Count);
    }

    [Fact]
    public async Task Statements_parameters_and_keys_are_not_logged()
    {
        using var query = await _server.SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"s","sql":"select 'canary-statement'","parameters":["canary-parameter"]}""");
        using var wrong = await _server.SendAsync(HttpMethod.Post, "/v1/queries", """{"source":"s","sql":"canary-statement","parameters":{"a":"canary-parameter"},"priority":"canary-value"}""");
        using var words = await _server.SendAsync(HttpMethod.Get, "/v1/jobs?q=canary-words");

        Assert.Equal(HttpStatusCode.Accepted, query.StatusCode);
        Assert.Contains("submit_query", _server.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-statement", _server.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-parameter", _server.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-value", _server.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-words", _server.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", _server.Log.Text, StringComparison.Ordinal);
    }
}
