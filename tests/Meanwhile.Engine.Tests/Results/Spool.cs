using System.Text;
using Meanwhile.Blobs;
using Meanwhile.Jobs;
using Meanwhile.Offloading;

namespace Meanwhile.Results;

/// <summary>A spooler and a reader over a store in memory.</summary>
internal sealed class Spool(ResultOptions? options = null) : IAsyncDisposable
{
    public static readonly AttemptFence Fence = new(new JobId(new Guid("0199b2f0-1234-7abc-8def-0123456789ab")), 1, 3);
    public static readonly DateTimeOffset ExpiresAt = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public ModelBlobStore Model { get; } = new();

    public FaultyBlobStore Blobs => field ??= new FaultyBlobStore(Model);

    public ResultSpooler Writer => field ??= new ResultSpooler(Fence, options ?? new ResultOptions(), Blobs, new InlineOffload());

    public ResultReader Reader => field ??= new ResultReader(Blobs);

    public static IReadOnlyList<ResultColumn> Columns(params IEnumerable<string> names) => [.. names.Select(name => new ResultColumn { Name = name })];

    /// <summary>Writes a statement whose rows have one cell that says which row it is.</summary>
    public async Task<RowAnswer> CountAsync(int rows, string padding = "")
    {
        Writer.BeginStatement(Columns("n", "padding"));
        var answer = RowAnswer.Continue;
        for (var row = 0; row < rows && answer != RowAnswer.LimitReached; row++)
        {
            Writer.Int64(row);
            Writer.Text(Encoding.UTF8.GetBytes(padding));
            answer = Writer.EndRow();
            if (answer == RowAnswer.Flush) await Writer.FlushAsync(default);
        }

        Writer.EndStatement(null);
        return answer;
    }

    /// <summary>The stored rows of a statement with one row, written by this.</summary>
    public static async Task<string> RowAsync(Action<IResultWriter> cells, ResultOptions? options = null, int columns = 1)
    {
        await using Spool spool = new(options);
        spool.Writer.BeginStatement(Columns(Enumerable.Repeat("c", columns)));
        cells(spool.Writer);
        spool.Writer.EndRow();
        spool.Writer.EndStatement(null);
        return Encoding.UTF8.GetString((await spool.Writer.CompleteAsync(default)).Statements[0].Inline!);
    }

    public ValueTask<ResultPage> PageAsync(ResultManifest manifest, ResultRequest? request = null) =>
        Reader.ReadPageAsync(Fence.Job, manifest, ExpiresAt, request ?? new ResultRequest(), default);

    public async Task<string> ExportAsync(ResultManifest manifest, ResultFormat format, ResultRequest? request = null)
    {
        using MemoryStream destination = new();
        await Reader.ExportAsync(Fence.Job, manifest, request ?? new ResultRequest(), format, destination, default);
        return Encoding.UTF8.GetString(destination.ToArray());
    }

    public static IEnumerable<string> Texts(ResultPage page) => page.Rows.Select(row => Encoding.UTF8.GetString(row.Span));

    public ValueTask DisposeAsync() => Writer.DisposeAsync();
}
