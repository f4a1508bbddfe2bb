using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source;
using Meanwhile.Testing.Postgres;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class TlsTests : IAsyncLifetime
{
    private TemporaryCluster? _cluster;
    private string _authority = "";
    private string _stranger = "";

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
            ["port"] = _cluster!.Port,
            ["database"] = "postgres",
            ["username"] = "reader",
            ["password"] = SourceDatabase.Password,
            ["ssl_mode"] = mode,
        };
        if (root is not null) settings["root_certificate"] = root == "own" ? _authority : _stranger;
        await using var source = new PostgresSourceFactory(new PostgresSourceOptions(), TimeProvider.System).Create(SourceDatabase.Definition(settings.ToJsonString()));

        var error = await source.ProbeAsync(TestContext.Current.CancellationToken);

        Assert.Equal(code, error?.Code);
        if (code is not null) Assert.Equal((ErrorKind.Auth, false), (error!.Type, error.Retryable));
    }

    public async ValueTask InitializeAsync()
    {
        _cluster = await TemporaryCluster.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await _cluster.RunAsync("psql", ["-d", "postgres", "-c", $"create role reader login password '{SourceDatabase.Password}'"], TestContext.Current.CancellationToken);
        _stranger = Authority("stranger").ExportCertificatePem();
        using var authority = Authority("authority");
        _authority = authority.ExportCertificatePem();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, [1, 2, 3]);
        await GiveAsync("server.crt", certificate.ExportCertificatePem());
        await GiveAsync("server.key", key.ExportPkcs8PrivateKeyPem());
        await _cluster.ConfigureAsync(["ssl = on", $"ssl_cert_file = '{_cluster.Directory}/server.crt'", $"ssl_key_file = '{_cluster.Directory}/server.key'"], TestContext.Current.CancellationToken);
        for (var look = 0; look < 100 && await _cluster.RunAsync("psql", ["-d", "postgres", "-Atc", "show ssl"], TestContext.Current.CancellationToken) is not "on\n"; look++) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
    }

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static X509Certificate2 Authority(string name)
    {
        var request = new CertificateRequest($"CN={name}", RSA.Create(2048), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    /// <summary>Writes a file that the server, and nobody else, can read.</summary>
    private async Task GiveAsync(string name, string text)
    {
        var path = Path.Combine(_cluster!.Directory, name);
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (!Environment.IsPrivilegedProcess) return;
        using var process = Process.Start(new ProcessStartInfo("chown", [TemporaryCluster.Superuser, path]))!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
