using System.Text.Json;
using Meanwhile.Postgres.Source;
using Meanwhile.Problems;
using Meanwhile.Sources;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class SettingsTests
{
    private const string Good = "\"host\": \"db.example.com\", \"database\": \"d\", \"username\": \"u\"";

    [Theory]
    [InlineData("{" + Good + "}")]
    [InlineData("{" + Good + ", \"port\": 6432, \"password\": \"${env:PG_PASSWORD}\", \"ssl_mode\": \"verify-ca\", \"connect_timeout_seconds\": 3}")]
    [InlineData("{" + Good + ", \"session\": {\"search_path\": \"app, public\", \"statement_timeout\": 5000, \"jit\": false, \"timezone\": \"Europe/Zurich\"}}")]
    [InlineData("{\"host\": \"${env:PG_HOST}\", \"database\": \"d\", \"username\": \"u\", \"root_certificate\": \"${file:/etc/ssl/ca.pem}\", \"ssl_mode\": \"${env:PG_SSL}\"}")]
    [InlineData("{\"host\": \"/var/run/postgresql\", \"database\": \"d\", \"username\": \"u\"}")]
    public void What_can_be_used_is_accepted(string settings) => Assert.Empty(Errors(settings));

    [Theory]
    [InlineData("[]", "settings", "is an array; an object")]
    [InlineData("{\"host\": \"h\", \"database\": \"d\"}", "settings.username", "is missing")]
    [InlineData("{" + Good + ", \"port\": 0}", "settings.port", "is 0; a whole number from 1 to 65535 is accepted")]
    [InlineData("{" + Good + ", \"port\": \"5432\"}", "settings.port", "is a string; a whole number")]
    [InlineData("{" + Good + ", \"password\": \"plain\"}", "settings.password", "holds a secret as it is; a reference is accepted, such as ${env:NAME}")]
    [InlineData("{" + Good + ", \"password\": 5}", "settings.password", "is a number; a string")]
    [InlineData("{" + Good + ", \"ssl_mode\": \"allow\"}", "settings.ssl_mode", "is 'allow'; disable, prefer, require, verify-ca or verify-full is accepted")]
    [InlineData("{" + Good + ", \"ssl_mode\": true}", "settings.ssl_mode", "is true; disable")]
    [InlineData("{" + Good + ", \"root_certificate\": \"/etc/ssl/ca.pem\"}", "settings.root_certificate", "holds no certificate in PEM")]
    [InlineData("{" + Good + ", \"client_key\": \"${file:/k}\"}", "settings.client_certificate", "belong together")]
    [InlineData("{" + Good + ", \"connect_timeout_seconds\": 61}", "settings.connect_timeout_seconds", "is 61; a whole number from 1 to 60")]
    [InlineData("{" + Good + ", \"session\": []}", "settings.session", "is an array; an object")]
    [InlineData("{" + Good + ", \"session\": {\"datestyle\": \"German\"}}", "settings.session.datestyle", "is no setting that a session may be given")]
    [InlineData("{" + Good + ", \"session\": {\"session_preload_libraries\": \"x\"}}", "settings.session.session_preload_libraries", "is no setting that a session may be given")]
    [InlineData("{" + Good + ", \"session\": {\"work_mem\": null}}", "settings.session.work_mem", "is null; a string, a number, true or false is accepted")]
    [InlineData("{" + Good + ", \"application_name\": \"x\"}", "settings.application_name", "how a statement is known")]
    [InlineData("{" + Good + ", \"sslmode\": \"disable\"}", "settings.sslmode", "is no setting here; host, port,")]
    [InlineData("{\"host\": \"a,b\", \"database\": \"d\", \"username\": \"u\"}", "settings.host", "has a comma")]
    [InlineData("{\"host\": \"not a host\", \"database\": \"d\", \"username\": \"u\"}", "settings.host", "is neither a host's name")]
    [InlineData("{\"host\": \"h\", \"database\": \"\", \"username\": \"u\"}", "settings.database", "is empty")]
    public void What_can_not_be_used_is_named_by_its_field(string settings, string field, string words)
    {
        var error = Assert.Single(Errors(settings));

        Assert.Equal(field, error.Field);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_concurrency_has_its_bounds()
    {
        var definition = SourceDatabase.Definition("{" + Good + "}", new SourceOptions { Concurrency = 257 });
        Assert.Equal("options.concurrency", Assert.Single(Factory.Check(definition)).Field);
    }

    [Fact]
    public void What_a_reference_pointed_at_is_judged_when_the_source_is_made_and_not_shown()
    {
        var problem = Assert.Throws<ProblemException>(() => Factory.Create(SourceDatabase.Definition("{\"host\": \"h\", \"database\": \"d\", \"username\": \"u\", \"root_certificate\": \"the secret\"}")));

        Assert.Contains("settings.root_certificate", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("the secret", problem.Message, StringComparison.Ordinal);
    }

    private static PostgresSourceFactory Factory => new(new PostgresSourceOptions(), TimeProvider.System);

    private static IReadOnlyList<FieldError> Errors(string settings) => Factory.Check(new SourceDefinition("", "test", "postgres", JsonDocument.Parse(settings).RootElement, new SourceOptions()));
}
