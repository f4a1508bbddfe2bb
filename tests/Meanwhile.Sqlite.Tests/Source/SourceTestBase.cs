using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Sources;
using Meanwhile.Testing.Results;
using Meanwhile.Testing.Sources;

namespace Meanwhile.Sqlite.Tests.Source;

/// <summary>Runs scripts on a source in a directory of the test's own.</summary>
public abstract class SourceTestBase : IDisposable
{
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private protected SourceFixture Fixture { get; } = new();

    public void Dispose()
    {
        Fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static StatementRequest Request(string sql, string? parameters = null) => new()
    {
        Sql = sql,
        Tag = "mw:test:1",
        Parameters = parameters is null ? default : JsonDocument.Parse(parameters).RootElement,
    };

    private protected static async Task<(StatementOutcome Outcome, RecordingResultWriter Writer)> RunAsync(
        IHostedSource source, string sql, string? parameters = null, RecordingResultWriter? writer = null)
    {
        writer ??= new RecordingResultWriter();
        var outcome = await source.Start(Request(sql, parameters), writer, new RecordingObserver(), CancellationToken.None).Completion.WaitAsync(Patience);
        return (outcome, writer);
    }

    /// <summary>The recorded statements of a script that must succeed, on a source of its own.</summary>
    private protected async Task<IReadOnlyList<RecordedStatement>> ResultsAsync(string sql, string? parameters = null, bool readOnly = true)
    {
        await using var source = Fixture.Create(readOnly);
        var (outcome, writer) = await RunAsync(source, sql, parameters);
        Assert.True(outcome is StatementOutcome.Completed, (outcome as StatementOutcome.Failed)?.Error.Message);
        return writer.Statements;
    }

    /// <summary>The one row of a statement that must succeed.</summary>
    private protected async Task<object?[]> RowAsync(string sql, string? parameters = null) => Assert.Single((await ResultsAsync(sql, parameters))[^1].Rows);

    /// <summary>Why a script fails.</summary>
    private protected async Task<JobError> ErrorAsync(string sql, string? parameters = null, bool readOnly = true, string settings = """{"path": "a.db"}""")
    {
        await using var source = Fixture.Create(readOnly, settings);
        var (outcome, _) = await RunAsync(source, sql, parameters);
        return Assert.IsType<StatementOutcome.Failed>(outcome).Error;
    }
}
