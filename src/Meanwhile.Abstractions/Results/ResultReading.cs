namespace Meanwhile.Results;

/// <summary>A form in which rows are handed out.</summary>
public enum ResultFormat
{
    /// <summary>One JSON object with the rows in it.</summary>
    Json,

    /// <summary>One JSON value a line.</summary>
    Ndjson,

    /// <summary>RFC 4180 with a header line; NULL is empty, the empty string is <c>""</c>.</summary>
    Csv,
}

/// <summary>How a row looks in JSON.</summary>
public enum RowShape
{
    /// <summary><c>[1, "a"]</c>.</summary>
    Arrays,

    /// <summary><c>{"id": 1, "name": "a"}</c>; a repeated name gets <c>_2</c>, <c>_3</c>.</summary>
    Objects,
}

/// <summary>How numbers look in JSON.</summary>
public enum NumberShape
{
    /// <summary>As JSON numbers, every digit kept.</summary>
    Native,

    /// <summary>As strings, for readers whose numbers are doubles.</summary>
    Strings,
}

/// <summary>Which rows are wanted, and how.</summary>
public sealed record ResultRequest
{
    /// <summary>The statement, from 0; null = the last with columns.</summary>
    public int? Statement { get; init; }

    /// <summary>The first row, from 0.</summary>
    public long Offset { get; init; }

    /// <summary>At most so many rows; null = for a page 1,000, for an export all.</summary>
    public int? Limit { get; init; }

    /// <summary>Where an earlier page ended; null = <see cref="Offset"/> counts.</summary>
    public string? Cursor { get; init; }

    /// <summary>How rows look in JSON.</summary>
    public RowShape Rows { get; init; }

    /// <summary>How numbers look in JSON.</summary>
    public NumberShape Numbers { get; init; }
}

/// <summary>A page of a result.</summary>
public sealed record ResultPage
{
    /// <summary>The statement whose rows these are, from 0.</summary>
    public required int Statement { get; init; }

    /// <summary>How many statements the result has.</summary>
    public required int StatementCount { get; init; }

    /// <summary>The columns.</summary>
    public required IReadOnlyList<ResultColumn> Columns { get; init; }

    /// <summary>The rows, each one JSON value in UTF-8, in the shape that was asked for; empty beyond the end.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> Rows { get; init; }

    /// <summary>The first of these rows' ordinal, from 0.</summary>
    public required long Offset { get; init; }

    /// <summary>How many rows the statement's result has in all.</summary>
    public required long RowCount { get; init; }

    /// <summary>How many rows the statement changed; null where that means nothing.</summary>
    public long? RowsAffected { get; init; }

    /// <summary>Where to go on; null at the end.</summary>
    public string? NextCursor { get; init; }

    /// <summary>What cut the whole result short; null = complete.</summary>
    public Truncation? TruncatedBy { get; init; }

    /// <summary>A small JSON value that the tool returned; null = none.</summary>
    public string? Summary { get; init; }

    /// <summary>When the result goes.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>True when nothing was cut.</summary>
    public bool Complete => TruncatedBy is null;
}

/// <summary>A stored partition as it lies there.</summary>
/// <param name="Content">The bytes as stored; the caller disposes it.</param>
/// <param name="Encoding">How they are encoded.</param>
/// <param name="Partition">Its place and checksum.</param>
public sealed record StoredPartition(Stream Content, ResultEncoding Encoding, ResultPartition Partition) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}
