namespace Meanwhile.Results;

/// <summary>One statement's result while it is being written.</summary>
internal sealed class StatementDraft(IReadOnlyList<ResultColumn> columns)
{
    public IReadOnlyList<ResultColumn> Columns { get; } = columns;

    /// <summary>Rows taken.</summary>
    public long Rows { get; set; }

    public long? RowsAffected { get; set; }

    public Truncation? TruncatedBy { get; set; }

    /// <summary>What has been appended to the object.</summary>
    public List<ResultPartition> Partitions { get; } = [];

    public StatementResult Stored() => Result() with { Partitions = Partitions };

    public StatementResult Inline(byte[] rows) => Result() with { Inline = Columns.Count == 0 ? null : rows };

    private StatementResult Result() => new() { Columns = Columns, Rows = Rows, RowsAffected = RowsAffected, TruncatedBy = TruncatedBy };
}

/// <summary>A run of one statement's rows in a block: a partition to be.</summary>
internal readonly record struct BlockSegment(StatementDraft Statement, int Start, int Length, long FirstRow, int Rows);

/// <summary>Encoded rows on their way to the disk. It can hold rows of several statements, so that many small results share one.</summary>
internal sealed class ResultBlock
{
    public PooledBytes Bytes { get; } = new();

    public List<BlockSegment> Segments { get; } = [];

    /// <summary>Empties it, to be filled again.</summary>
    /// <param name="capacityMax">A larger array goes back to the pool.</param>
    public void Clear(int capacityMax)
    {
        Bytes.Count = 0;
        Bytes.Trim(capacityMax);
        Segments.Clear();
    }
}
