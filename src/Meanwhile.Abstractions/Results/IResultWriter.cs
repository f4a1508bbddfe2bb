namespace Meanwhile.Results;

/// <summary>What a source should do after a row.</summary>
public enum RowAnswer
{
    /// <summary>Go on.</summary>
    Continue,

    /// <summary>Enough has been buffered: await <see cref="IResultWriter.FlushAsync"/>, then go on.</summary>
    Flush,

    /// <summary>A limit was reached: the row was not taken, the result says what cut it; stop this statement's rows.</summary>
    LimitReached,
}

/// <summary>Takes rows from a source, cell by cell, and spools them into partitions while they stream.</summary>
/// <remarks>
/// Order of calls: for each statement <see cref="BeginStatement"/>, then for each row one cell method a column and <see cref="EndRow"/>,
/// then <see cref="EndStatement"/>. One caller at a time. Cells over max_cell_bytes are cut and the result says so. The methods
/// allocate nothing and do no I/O; only <see cref="FlushAsync"/> does, and it is what bounds memory when the disk is slower than the source.
/// </remarks>
public interface IResultWriter
{
    /// <summary>Begins the next statement's result.</summary>
    /// <param name="columns">Empty for a statement without a result set.</param>
    void BeginStatement(IReadOnlyList<ResultColumn> columns);

    /// <summary>A NULL.</summary>
    void Null();

    /// <summary>A truth value.</summary>
    void Boolean(bool value);

    /// <summary>A 64-bit integer.</summary>
    void Int64(long value);

    /// <summary>A double; infinities and NaN are tagged.</summary>
    void Double(double value);

    /// <summary>A number with every digit that it has, in JSON's grammar.</summary>
    /// <param name="digits">ASCII.</param>
    void Number(ReadOnlySpan<byte> digits);

    /// <summary>Text. What is not well-formed UTF-8 is kept, tagged as <c>{"$text": base64}</c>.</summary>
    void Text(ReadOnlySpan<byte> utf8);

    /// <summary>Binary, tagged as <c>{"$bytes": base64}</c>.</summary>
    void Bytes(ReadOnlySpan<byte> value);

    /// <summary>A value that is JSON already.</summary>
    /// <param name="utf8">One well-formed JSON value.</param>
    void Json(ReadOnlySpan<byte> utf8);

    /// <summary>Ends the row.</summary>
    RowAnswer EndRow();

    /// <summary>Ends the statement's result.</summary>
    /// <param name="rowsAffected">Null where that means nothing.</param>
    /// <param name="truncatedBy">What cut it short at the source; null leaves what the writer knows.</param>
    void EndStatement(long? rowsAffected, Truncation? truncatedBy = null);

    /// <summary>Hands what is buffered to the disk, and waits while too much is on its way there.</summary>
    /// <exception cref="Blobs.BlobStoreFullException">There is no space; the attempt fails with its message.</exception>
    ValueTask FlushAsync(CancellationToken cancellationToken);
}
