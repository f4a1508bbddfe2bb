namespace Meanwhile.Contracts;

/// <summary>A column.</summary>
public sealed record ColumnResource
{
    /// <summary>The name as the source gives it; may repeat, may be empty.</summary>
    public required string Name { get; init; }

    /// <summary>The source's word for the type.</summary>
    public string? Type { get; init; }

    /// <summary>Whether NULL can occur; absent = unknown.</summary>
    public bool? Nullable { get; init; }

    /// <summary>Digits in all, of a decimal.</summary>
    public int? Precision { get; init; }

    /// <summary>Digits after the point, of a decimal.</summary>
    public int? Scale { get; init; }
}

/// <summary>One statement's result, without its rows.</summary>
public sealed record StatementResource
{
    /// <summary>The columns; empty for a statement without a result set.</summary>
    public required IReadOnlyList<ColumnResource> Columns { get; init; }

    /// <summary>How many rows are stored.</summary>
    public long RowCount { get; init; }

    /// <summary>How many rows it changed.</summary>
    public long? RowsAffected { get; init; }

    /// <summary>How many stored partitions; 0 when the rows are kept with the job.</summary>
    public int Partitions { get; init; }

    /// <summary>How many bytes are stored.</summary>
    public long Bytes { get; init; }

    /// <summary>Whether nothing was cut.</summary>
    public bool Complete { get; init; }

    /// <summary><c>rows</c>, <c>bytes</c>, <c>cell</c> or <c>source</c>.</summary>
    public string? TruncatedBy { get; init; }
}

/// <summary>A succeeded job's result; rows and columns are those of the last statement with columns.</summary>
public sealed record JobResultResource
{
    /// <summary>How many rows.</summary>
    public long RowCount { get; init; }

    /// <summary>The columns.</summary>
    public required IReadOnlyList<ColumnResource> Columns { get; init; }

    /// <summary>Every statement's result, in the script's order.</summary>
    public required IReadOnlyList<StatementResource> Statements { get; init; }

    /// <summary>How many stored partitions, of all statements.</summary>
    public int Partitions { get; init; }

    /// <summary>How many bytes are stored, of all statements.</summary>
    public long Bytes { get; init; }

    /// <summary>Whether nothing of any statement was cut.</summary>
    public bool Complete { get; init; }

    /// <summary><c>rows</c>, <c>bytes</c>, <c>cell</c> or <c>source</c>.</summary>
    public string? TruncatedBy { get; init; }

    /// <summary>The first rows, as arrays, when the submission waited for them: at most 1,000.</summary>
    public IReadOnlyList<RawJson>? Rows { get; init; }

    /// <summary>Where the rest of the rows begins.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>A page of rows.</summary>
public sealed record ResultPageResource
{
    /// <summary>The job.</summary>
    public required string JobId { get; init; }

    /// <summary>The statement whose rows these are, from 0.</summary>
    public int Statement { get; init; }

    /// <summary>How many statements there are.</summary>
    public int StatementCount { get; init; }

    /// <summary>The columns.</summary>
    public required IReadOnlyList<ColumnResource> Columns { get; init; }

    /// <summary>The rows, as arrays or objects; empty beyond the end.</summary>
    public required IReadOnlyList<RawJson> Rows { get; init; }

    /// <summary>The first of these rows' ordinal, from 0.</summary>
    public long Offset { get; init; }

    /// <summary>How many rows the statement's result has in all.</summary>
    public long RowCount { get; init; }

    /// <summary>How many rows the statement changed.</summary>
    public long? RowsAffected { get; init; }

    /// <summary>Where to go on; absent at the end.</summary>
    public string? NextCursor { get; init; }

    /// <summary>Whether nothing of the whole result was cut.</summary>
    public bool Complete { get; init; }

    /// <summary><c>rows</c>, <c>bytes</c>, <c>cell</c> or <c>source</c>.</summary>
    public string? TruncatedBy { get; init; }

    /// <summary>A small JSON value that the tool returned.</summary>
    public RawJson? Summary { get; init; }

    /// <summary>When the result goes.</summary>
    public DateTimeOffset ExpiresAt { get; init; }
}
