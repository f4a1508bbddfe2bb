using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Sources;
using Meanwhile.Sqlite.Source.Parameters;
using Meanwhile.Sqlite.Source.Paths;

namespace Meanwhile.Sqlite.Source;

/// <summary>Makes sources of type <c>sqlite</c>.</summary>
/// <remarks>
/// Settings: <c>path</c> (below an allowed directory; a relative one resolves against the first), and optionally <c>create</c> (make a missing
/// file; default false), <c>cache_size_kib</c> (16,384), <c>memory_max_bytes</c> (the server's) and <c>busy_timeout_ms</c> (5,000).
/// </remarks>
public sealed class SqliteSourceFactory(SqliteSourceOptions options, TimeProvider time) : ISourceFactory
{
    /// <inheritdoc/>
    public string Type => "sqlite";

    /// <inheritdoc/>
    public SourceCapabilities Capabilities => SqliteSource.All;

    /// <inheritdoc/>
    public JobError? CheckStatement(string sql, JsonElement parameters)
    {
        try
        {
            _ = ParameterSet.Read(parameters, ParameterScan.Of(SqlText.Encode(sql, options.SqlBytesMax).Utf8));
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
        var settings = SourceSettings.Read(definition, errors);
        if (settings.Path.Length > 0 && new AllowedPaths(RootsOf(definition), options.DataDirectory).Refusal(settings.Path) is { } refusal) errors.Add(new("settings.path", refusal));
        if (definition.Options.Concurrency is < 1 or > ConcurrencyMax) errors.Add(new("options.concurrency", $"is {definition.Options.Concurrency}; 1 to {ConcurrencyMax} is accepted"));
        return errors;
    }

    /// <inheritdoc/>
    public IHostedSource Create(SourceDefinition definition)
    {
        List<FieldError> errors = [];
        var settings = SourceSettings.Read(definition, errors);
        if (errors.Count > 0) throw new ArgumentException($"The definition of {definition.Name} was not checked: {errors[0].Field}: {errors[0].Message}", nameof(definition));

        var connector = new Connector(settings, definition.Options, options with { Roots = RootsOf(definition) }, time);
        return new SqliteSource(definition.Name, connector, definition.Options.Concurrency ?? options.ConcurrencyDefault, options, time);
    }

    private IReadOnlyList<string> RootsOf(SourceDefinition definition) => options.RootsFor?.Invoke(definition) ?? options.Roots;

    private const int ConcurrencyMax = 256;
}
