using System.Text.Json.Nodes;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source;
using Meanwhile.Postgres.Tests.Clusters;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class TlsTests : IAsyncLifetime
{
    private TlsCluster? _tls;

    [Theory]
    [InlineData("disable", "localhost", null, null)]
    [InlineData("prefer", "localhost", null, null)]
    [InlineData("require", "localhost", null, null)]
    [InlineData("verify-ca", "localhost", "own", null)]
    [InlineData("verify-full", "localhost", "own", null)]
    [InlineData("verify-ca", "127.0.0.1", "own", null)]
    [InlineData("verify-full", "127.0.0.1", "own", "certificate_not_trusted")] // the certificate names localhost alone
    [InlineData("verify-full", "localhost", null, "certificate_not_trusted")]
    [InlineData("verify-ca", "localhost", "stranger", "certificate_not_trusted")]
    [InlineData("verify-full", "localhost", "stranger", "certificate_not_trusted")]
    public async Task A_certificate_is_verified_as_the_mode_says(string mode, string host, string? root, string? code)
    {
        var settings = new JsonObject
        {
            ["host"] = host,
            ["port"] = _tls!.Cluster.Port,
            ["database"] = "postgres",
            ["username"] = "reader",
            ["password"] = SourceDatabase.Password,
            ["ssl_mode"] = mode,
        };
        if (root is not null) settings["root_certificate"] = root == "own" ? _tls.Authority : _tls.Stranger;
        await using var source = new PostgresSourceFactory(new PostgresSourceOptions(), TimeProvider.System).Create(SourceDatabase.Definition(settings.ToJsonString()));

        var error = await source.ProbeAsync(TestContext.Current.CancellationToken);

        Assert.Equal(code, error?.Code);
        if (code is not null) Assert.Equal((ErrorKind.Auth, false), (error!.Type, error.Retryable));
    }

    public async ValueTask InitializeAsync()
    {
        _tls = await TlsCluster.StartAsync();
        await _tls.Cluster.RunAsync("psql", ["-d", "postgres", "-c", $"create role reader login password '{SourceDatabase.Password}'"], TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _tls?.DisposeAsync() ?? ValueTask.CompletedTask;
}
