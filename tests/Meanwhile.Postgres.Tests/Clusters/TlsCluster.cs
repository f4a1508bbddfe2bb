using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Meanwhile.Testing.Postgres;

namespace Meanwhile.Postgres.Tests.Clusters;

/// <summary>A cluster that speaks TLS, with a certificate for localhost that an authority of its own has signed.</summary>
internal sealed class TlsCluster : IAsyncDisposable
{
    private TlsCluster(TemporaryCluster cluster, string authority, string stranger) => (Cluster, Authority, Stranger) = (cluster, authority, stranger);

    public TemporaryCluster Cluster { get; }

    /// <summary>The certificate of the authority, as PEM.</summary>
    public string Authority { get; }

    /// <summary>That of another.</summary>
    public string Stranger { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<TlsCluster> StartAsync()
    {
        var cluster = await TemporaryCluster.StartAsync(cancellationToken: Token);
        using var authority = Make("authority");
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, [1, 2, 3]);
        await GiveAsync(cluster, "server.crt", certificate.ExportCertificatePem());
        await GiveAsync(cluster, "server.key", key.ExportPkcs8PrivateKeyPem());
        await cluster.ConfigureAsync(["ssl = on", $"ssl_cert_file = '{cluster.Directory}/server.crt'", $"ssl_key_file = '{cluster.Directory}/server.key'"], Token);
        for (var look = 0; look < 100 && await cluster.RunAsync("psql", ["-d", "postgres", "-Atc", "show ssl"], Token) is not "on\n"; look++) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);
        using var stranger = Make("stranger");
        return new TlsCluster(cluster, authority.ExportCertificatePem(), stranger.ExportCertificatePem());
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    private static X509Certificate2 Make(string name)
    {
        var request = new CertificateRequest($"CN={name}", RSA.Create(2048), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    /// <summary>Writes a file that the server, and nobody else, can read.</summary>
    private static async Task GiveAsync(TemporaryCluster cluster, string name, string text)
    {
        var path = Path.Combine(cluster.Directory, name);
        await File.WriteAllTextAsync(path, text, Token);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (!Environment.IsPrivilegedProcess) return;
        using var process = Process.Start(new ProcessStartInfo("chown", [TemporaryCluster.Superuser, path]))!;
        await process.WaitForExitAsync(Token);
    }
}
