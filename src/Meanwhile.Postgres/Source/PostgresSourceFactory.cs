using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source.Hosts;
using Meanwhile.Postgres.Source.Parameters;
using Meanwhile.Postgres.Source.Sessions;
using Meanwhile.Postgres.Source.Settings;
using Meanwhile.Postgres.Source.Text;
using Meanwhile.Problems;
using Meanwhile.Sources;

namespace Meanwhile.Postgres.Source;

/// <summary>Makes sources of type <c>postgres</c>.</summary>
/// <remarks>
/// Settings: <c>host</c>, <c>database</c>, <c>username</c>, and optionally <c>port</c> (5432), <c>password</c>, <c>ssl_mode</c> (verify-full, on loopback prefer),
/// <c>root_certificate</c>, <c>client_certificate</c> and <c>client_key</c> (PEM), <c>connect_timeout_seconds</c> (10) and <c>session</c> (settings of PostgreSQL).
/// </remarks>
public sealed class PostgresSourceFactory(PostgresSourceOptions options, TimeProvider time) : ISourceFactory
{
    private static readonly string[] Secrets = ["password", "client_key"];

    private const int ConcurrencyMax = 256;

    /// <inheritdoc/>
    public string Type => "postgres";

    /// <inheritdoc/>
    public SourceCapabilities Capabilities => PostgresSource.All;

    /// <inheritdoc/>
    public JobError? CheckStatement(string sql, JsonElement parameters)
    {
        try
        {
            _ = ParameterSet.Read(parameters, Script.Read(sql, options.SqlBytesMax));
            return null;
        }
        catch (SourceException refused)
        {
            return refused.Error;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<FieldError> Check(SourceDefinition definition)
    {
        List<FieldError> errors = [];
        var settings = SettingsReader.Read(definition, errors);
        if (settings.Host.Length > 0 && !SettingsReader.IsReference(settings.Host) && RulesFor(definition).Refusal(settings.Host) is { } refusal) errors.Add(new("settings.host", refusal));
        errors.AddRange(Secrets.Where(name => IsPlain(definition.Settings, name)).Select(name => new FieldError(
            $"settings.{name}", "holds a secret as it is; a reference is accepted, such as ${env:NAME} or ${file:/run/secrets/name}, which the server resolves and never stores")));
        if (definition.Options.Concurrency is < 1 or > ConcurrencyMax) errors.Add(new("options.concurrency", $"is {definition.Options.Concurrency}; 1 to {ConcurrencyMax} is accepted"));
        return errors;
    }

    private static bool IsPlain(JsonElement settings, string name) =>
        settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && !SettingsReader.IsReference(text);

    /// <inheritdoc/>
    /// <exception cref="ProblemException">What a reference pointed at is no setting.</exception>
    public IHostedSource Create(SourceDefinition definition)
    {
        List<FieldError> errors = [];
        var settings = SettingsReader.Read(definition, errors);
        if (errors.Count > 0) throw new ProblemException(ProblemCodes.InvalidRequest, $"The settings of source '{definition.Name}' can't be used: {FieldErrors.Detail(errors)}");

        return new PostgresSource(new Connector(settings, definition.Options, options, RulesFor(definition), time), definition.Options.Concurrency ?? options.ConcurrencyDefault);
    }

    private HostRules RulesFor(SourceDefinition definition) => new(options.HostsFor(definition));
}
