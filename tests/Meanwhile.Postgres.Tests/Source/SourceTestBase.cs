using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Sources;
using Meanwhile.Testing.Results;
using Meanwhile.Testing.Sources;

namespace Meanwhile.Postgres.Tests.Source;

/// <summary>What tests of the source share: a database of their own, and short ways to run a statement.</summary>
public abstract class SourceTestBase(SharedCluster shared) : IAsyncLifetime
{
    /// <summary>Whatever has not happened by then does not happen.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private SourceDatabase? _database;

    /// <summary>The database.</summary>
    protected SourceDatabase Database => _database!;

    /// <summary>The cluster that it is in.</summary>
    protected SharedCluster Shared => shared;

    public virtual async ValueTask InitializeAsync() => _database = await SourceDatabase.MakeAsync(shared);

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>A request.</summary>
    /// <param name="parameters">JSON; null = none.</param>
    protected static StatementRequest Request(string sql, string? parameters = null, string tag = "mw:jtest:1") => new()
    {
        Sql = sql,
        Tag = tag,
        Parameters = parameters is null ? default : JsonDocument.Parse(parameters).RootElement,
    };

    /// <summary>Runs a text to its end.</summary>
    protected static async Task<StatementOutcome> RunAsync(IHostedSource source, string sql, RecordingResultWriter? writer = null, string? parameters = null, RecordingObserver? observer = null) =>
        await source.Start(Request(sql, parameters), writer ?? new RecordingResultWriter(), observer ?? new RecordingObserver(), CancellationToken.None).Completion.WaitAsync(Patience);

    /// <summary>Runs a text on a new source, and gives its results.</summary>
    protected async Task<IReadOnlyList<RecordedStatement>> ResultsAsync(string sql, string? parameters = null, bool readOnly = true, string? more = null)
    {
        await using var source = Database.Create(readOnly, more: more);
        var writer = new RecordingResultWriter();
        var outcome = await RunAsync(source, sql, writer, parameters);
        Assert.True(outcome is StatementOutcome.Completed, (outcome as StatementOutcome.Failed)?.Error.ToString() ?? outcome.ToString());
        return writer.Statements;
    }

    /// <summary>The one value that a text gives.</summary>
    protected async Task<object?> ValueAsync(string sql, string? parameters = null, bool readOnly = true, string? more = null) =>
        Assert.Single(Assert.Single((await ResultsAsync(sql, parameters, readOnly, more))[^1].Rows));

    /// <summary>Why a text fails.</summary>
    protected async Task<JobError> ErrorAsync(string sql, string? parameters = null, bool readOnly = true, string? more = null)
    {
        await using var source = Database.Create(readOnly, more: more);
        return await ErrorAsync(source, sql, parameters);
    }

    /// <summary>Why a text fails.</summary>
    protected static async Task<JobError> ErrorAsync(IHostedSource source, string sql, string? parameters = null) =>
        Assert.IsType<StatementOutcome.Failed>(await RunAsync(source, sql, parameters: parameters)).Error;
}
