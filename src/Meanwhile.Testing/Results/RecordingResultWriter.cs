using System.Text;
using System.Text.Unicode;
using Meanwhile.Results;

namespace Meanwhile.Testing.Results;

/// <summary>Text that is not well-formed UTF-8, as it came.</summary>
/// <param name="Hex">The bytes in hexadecimal.</param>
public sealed record IllFormedText(string Hex);

/// <summary>One statement's result as it was recorded.</summary>
/// <param name="Columns">As begun.</param>
/// <param name="Rows">Cells are null, <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, <see cref="IllFormedText"/>, a byte array, or <see cref="Digits"/>.</param>
public sealed record RecordedStatement(IReadOnlyList<ResultColumn> Columns, List<object?[]> Rows)
{
    /// <summary>As ended; null where that means nothing.</summary>
    public long? RowsAffected { get; internal set; }

    /// <summary>Whether the statement was ended.</summary>
    public bool Ended { get; internal set; }

    /// <summary>Whether the row limit cut it.</summary>
    public bool Cut { get; internal set; }
}

/// <summary>A number that came as digits, or a JSON value that came as text.</summary>
public sealed record Digits(string Text);

/// <summary>Keeps in memory what a source writes, and fails the test that writes out of order.</summary>
public sealed class RecordingResultWriter : IResultWriter
{
    private readonly List<object?> _row = [];
    private readonly List<RecordedStatement> _statements = [];
    private readonly TaskCompletionSource _firstRow = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _firstFlush = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _flushing;

    /// <summary>Rows of one statement are taken up to here; null = all.</summary>
    public long? RowsMax { get; init; }

    /// <summary>After so many rows a flush is asked for; null = never.</summary>
    public int? FlushEvery { get; init; }

    /// <summary>Whether rows are only counted.</summary>
    public bool CountOnly { get; init; }

    /// <summary>What the begin of a statement does; null = nothing.</summary>
    public Action? OnBegin { get; init; }

    /// <summary>What a flush does; null = nothing.</summary>
    public Func<CancellationToken, ValueTask>? OnFlush { get; init; }

    /// <summary>The statements, in order. Read it once the source has ended.</summary>
    public IReadOnlyList<RecordedStatement> Statements => _statements;

    /// <summary>Rows taken in all.</summary>
    public long RowCount { get; private set; }

    /// <summary>How often a flush was awaited.</summary>
    public int Flushes { get; private set; }

    /// <summary>Ends with the first row.</summary>
    public Task FirstRow => _firstRow.Task;

    /// <summary>Ends when the first flush is asked for.</summary>
    public Task FirstFlush => _firstFlush.Task;

    private RecordedStatement Current => _statements.Count > 0 && !_statements[^1].Ended ? _statements[^1] : throw OutOfOrder("no statement has begun");

    /// <inheritdoc/>
    public void BeginStatement(IReadOnlyList<ResultColumn> columns)
    {
        if (_statements.Count > 0 && !_statements[^1].Ended) throw OutOfOrder("the statement before has not ended");

        OnBegin?.Invoke();
        _statements.Add(new RecordedStatement(columns, []));
    }

    /// <inheritdoc/>
    public void Null() => Add(null);

    /// <inheritdoc/>
    public void Boolean(bool value) => Add(value);

    /// <inheritdoc/>
    public void Int64(long value) => Add(CountOnly ? null : value);

    /// <inheritdoc/>
    public void Double(double value) => Add(CountOnly ? null : value);

    /// <inheritdoc/>
    public void Number(ReadOnlySpan<byte> digits) => Add(new Digits(Encoding.UTF8.GetString(digits)));

    /// <inheritdoc/>
    public void Text(ReadOnlySpan<byte> utf8) =>
        Add(CountOnly ? null : Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8) : new IllFormedText(Convert.ToHexString(utf8)));

    /// <inheritdoc/>
    public void Bytes(ReadOnlySpan<byte> value) => Add(CountOnly ? null : value.ToArray());

    /// <inheritdoc/>
    public void Json(ReadOnlySpan<byte> utf8) => Add(new Digits(Encoding.UTF8.GetString(utf8)));

    /// <inheritdoc/>
    public RowAnswer EndRow()
    {
        var statement = Current;
        if (_row.Count != statement.Columns.Count) throw OutOfOrder($"a row has {_row.Count} cells, but {statement.Columns.Count} columns were begun");
        if (statement.Cut) throw OutOfOrder("a row came after the limit was reached");

        statement.Cut = RowsMax is { } most && statement.Rows.Count >= most;
        if (!statement.Cut && !CountOnly) statement.Rows.Add([.. _row]);
        _row.Clear();
        if (statement.Cut) return RowAnswer.LimitReached;

        RowCount++;
        _firstRow.TrySetResult();
        return FlushEvery is { } every && RowCount % every == 0 ? RowAnswer.Flush : RowAnswer.Continue;
    }

    /// <inheritdoc/>
    public void EndStatement(long? rowsAffected, Truncation? truncatedBy = null)
    {
        var statement = Current;
        statement.RowsAffected = rowsAffected;
        statement.Ended = true;
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _flushing = true;
        Flushes++;
        _firstFlush.TrySetResult();
        if (OnFlush is not null) await OnFlush(cancellationToken);
        _flushing = false;
    }

    private void Add(object? cell)
    {
        if (_flushing) throw OutOfOrder("a cell came while a flush was not awaited");
        _ = Current;
        _row.Add(cell);
    }

    private static InvalidOperationException OutOfOrder(string what) => new($"The source writes out of order: {what}.");
}
