using System.Net;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source;
using Meanwhile.Postgres.Source.Hosts;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Sources;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class HostTests(SharedCluster shared) : SourceTestBase(shared)
{
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("224.0.0.1", true)]
    [InlineData("8.8.8.8", false)]
    [InlineData("::1", true)]
    [InlineData("::", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("::ffff:8.8.8.8", false)]
    [InlineData("64:ff9b::a00:1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("2606:4700::1111", false)]
    public void Addresses_of_somebodys_own_network_are_known(string address, bool isPrivate) => Assert.Equal(isPrivate, AddressKinds.IsPrivate(IPAddress.Parse(address)));

    [Theory]
    [InlineData("db.example.com", "8.8.8.8", "db.example.com", null)]
    [InlineData("db.example.com", "10.0.0.1", "DB.example.com", null)] // who names the host means its address too
    [InlineData("db.example.com", "10.0.0.1", "*.example.com", null)]
    [InlineData("example.com", "8.8.8.8", "*.example.com", "is a host that is not allowed")]
    [InlineData("badexample.com", "8.8.8.8", "*.example.com", "is a host that is not allowed")]
    [InlineData("db.example.com", "8.8.8.8", "*", null)]
    [InlineData("db.example.com", "10.0.0.1", "*", "leads to a private address")]
    [InlineData("db.example.com", "169.254.169.254", "*", "leads to a private address")]
    [InlineData("db.example.com", "10.1.2.3", "10.1.0.0/16", null)]
    [InlineData("db.example.com", "10.2.2.3", "10.1.0.0/16", "leads to a private address")]
    [InlineData("10.1.2.3", "10.1.2.3", "10.1.2.3", null)]
    [InlineData("10.1.2.3", "10.1.2.3", "*", "leads to a private address")]
    [InlineData("2130706433", "127.0.0.1", "*", "leads to a private address")]
    [InlineData("localhost", "127.0.0.1", "*", "leads to a private address")]
    [InlineData("other.example.com", "8.8.8.8", "db.example.com", "is a host that is not allowed")]
    [InlineData("/var/run/postgresql", "", "*", "is a host that is not allowed")]
    [InlineData("/var/run/postgresql", "", "/var/run/postgresql", null)]
    [InlineData("db.example.com", "8.8.8.8", "", "is a host that is not allowed")]
    public void A_host_is_allowed_by_a_rule_that_names_it_or_by_where_it_leads(string host, string address, string pattern, string? refusal)
    {
        var rules = new HostRules(pattern.Length == 0 ? [] : [pattern]);

        var refused = rules.Refusal(host) ?? (address.Length == 0 ? null : rules.Refusal(host, [IPAddress.Parse(address)]));

        if (refusal is null) Assert.Null(refused);
        else Assert.Contains(refusal, refused, StringComparison.Ordinal);
    }

    [Fact]
    public void One_private_address_among_public_ones_is_enough_to_refuse() =>
        Assert.NotNull(new HostRules(["*"]).Refusal("db.example.com", [IPAddress.Parse("8.8.8.8"), IPAddress.Parse("127.0.0.1")]));

    [Fact]
    public async Task A_project_reaches_no_host_that_is_not_allowed_and_an_instance_admin_any()
    {
        var factory = new PostgresSourceFactory(new PostgresSourceOptions(), TimeProvider.System);
        var definition = SourceDatabase.Definition(Database.Settings(Database.Reader)) with { Project = "research" };

        var written = SourceDatabase.Definition(Database.Settings(Database.Reader).Replace(SourceDatabase.Password, "${env:PG_PASSWORD}", StringComparison.Ordinal)) with { Project = "research" };

        Assert.Equal("settings.host", Assert.Single(factory.Check(written)).Field);
        await using (var source = factory.Create(definition))
        {
            var error = await source.ProbeAsync(TestContext.Current.CancellationToken);
            Assert.Equal((ErrorKind.Permission, "host_not_allowed"), (error!.Type, error.Code));
        }

        Assert.Empty(factory.Check(written with { ByInstanceAdmin = true }));
        await using var allowed = factory.Create(definition with { ByInstanceAdmin = true });
        Assert.Null(await allowed.ProbeAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_name_that_leads_to_a_private_address_is_refused_when_it_is_connected_to()
    {
        var factory = new PostgresSourceFactory(new PostgresSourceOptions { HostsFor = _ => ["*"] }, TimeProvider.System);
        await using var source = factory.Create(SourceDatabase.Definition(Database.Settings(Database.Reader).Replace("127.0.0.1", "localhost", StringComparison.Ordinal)));

        var error = await source.ProbeAsync(TestContext.Current.CancellationToken);

        Assert.Equal((ErrorKind.Permission, "host_not_allowed"), (error!.Type, error.Code));
        Assert.Contains("private address", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_address_of_a_name_is_tried()
    {
        await using var source = new PostgresSourceFactory(new PostgresSourceOptions(), TimeProvider.System)
            .Create(SourceDatabase.Definition(Database.Settings(Database.Reader).Replace("127.0.0.1", "localhost", StringComparison.Ordinal), new SourceOptions()));

        Assert.Null(await source.ProbeAsync(TestContext.Current.CancellationToken)); // localhost is ::1 too, where nothing listens
    }
}
