using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Stores;
using Meanwhile.Testing.Postgres;

namespace Meanwhile.Postgres.Tests.Store.Faults;

/// <summary>The server's certificate does not verify.</summary>
public sealed class CertificateTests
{
    [Fact]
    public async Task A_certificate_that_does_not_verify_is_refused_with_what_to_do_and_one_that_does_is_taken()
    {
        await using var tls = await TlsCluster.StartAsync();
        var (own, stranger) = (Write(tls, "authority", tls.Authority), Write(tls, "stranger", tls.Stranger));

        foreach (var (host, root, place) in new[] { ("localhost", "", "localhost"), ("localhost", $";Root Certificate={stranger}", "localhost"), ("127.0.0.1", $";Root Certificate={own}", "127.0.0.1") })
        {
            var refused = await Assert.ThrowsAsync<StoreUnusableException>(async () => await PostgresStores.OpenAsync(Connection(tls, host) + root));

            Assert.Contains($"The certificate of the database at {place}:{tls.Cluster.Port} does not verify", refused.Message, StringComparison.Ordinal);
            Assert.Contains("Name the authority with Root Certificate=FILE, or look whether the host is the one on the certificate.", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(TemporaryCluster.Password, refused.ToString(), StringComparison.Ordinal);
        }

        await using var store = await PostgresStores.OpenAsync($"{Connection(tls, "localhost")};Root Certificate={own}");
        Assert.True(store.ClusterIsKnown);
    }

    private static string Connection(TlsCluster tls, string host) => $"Host={host};Port={tls.Cluster.Port};Database=postgres;Username={TemporaryCluster.Superuser};Password={TemporaryCluster.Password};SSL Mode=VerifyFull";

    private static string Write(TlsCluster tls, string name, string pem)
    {
        var file = Path.Combine(tls.Cluster.Directory, $"{name}.pem");
        File.WriteAllText(file, pem);
        return file;
    }
}
