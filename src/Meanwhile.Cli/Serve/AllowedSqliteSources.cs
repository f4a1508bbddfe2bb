using System.Text.Json;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Registry;
using Meanwhile.Sources;
using Meanwhile.Sqlite.Source;

namespace Meanwhile.Cli.Serve;

/// <summary>Makes SQLite sources whose files lie where the configuration lets their project have them.</summary>
/// <remarks>A source of the configuration file may lie anywhere but in the data directory: who writes that file runs the server.</remarks>
internal sealed class AllowedSqliteSources(string data, IReadOnlyList<SourceRules> rules, long? minFreeBytes, TimeProvider time) : ISourceFactory
{
    private const int ThreadsMax = 256; // the engine decides how many statements of a source run at once; this only bounds the threads

    private readonly SqliteSourceOptions _options = Options(new SqliteSourceOptions { Roots = [Path.Combine(data, SqliteHosting.SourcesFolder)], DataDirectory = data, ConcurrencyDefault = ThreadsMax }, minFreeBytes);

    private SqliteSourceFactory Any => field ??= new(_options, time);

    /// <inheritdoc/>
    public string Type => "sqlite";

    /// <inheritdoc/>
    public SourceCapabilities Capabilities => Any.Capabilities;

    /// <inheritdoc/>
    public JobError? CheckStatement(string sql, JsonElement parameters) => Any.CheckStatement(sql, parameters);

    /// <inheritdoc/>
    public IReadOnlyList<FieldError> Check(SourceDefinition definition) =>
        rules.Count > 0 && definition.Project.Length > 0 && !RulesFor(definition.Project).Any(AllowsSqlite)
            ? [new FieldError("type", $"'{Type}' is not allowed for project '{definition.Project}'; the server's configuration lists in its allow section which kinds are.")]
            : FactoryFor(definition).Check(definition);

    /// <inheritdoc/>
    public IHostedSource Create(SourceDefinition definition) => FactoryFor(definition).Create(definition);

    private SqliteSourceFactory FactoryFor(SourceDefinition definition) =>
        new(_options with { Roots = [SqliteHosting.SourcesRoot(data, definition), .. RootsFor(definition.Project)] }, time);

    private static SqliteSourceOptions Options(SqliteSourceOptions options, long? minFreeBytes) => minFreeBytes is { } bytes ? options with { MinFreeBytes = bytes } : options;

    private IEnumerable<string> RootsFor(string project) =>
        project.Length == 0 ? [Path.GetPathRoot(data)!] : RulesFor(project).SelectMany(rule => rule.PathRoots).Select(Path.GetFullPath);

    private IEnumerable<SourceRules> RulesFor(string project) => rules.Where(rule => rule.Projects.Count == 0 || rule.Projects.Contains(project));

    private bool AllowsSqlite(SourceRules rule) => rule.Types.Count == 0 || rule.Types.Contains(Type);
}
