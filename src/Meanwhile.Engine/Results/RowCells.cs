namespace Meanwhile.Results;

/// <summary>Walks through the cells of a stored row, each as the JSON value that it is.</summary>
/// <param name="row">As <see cref="RowEncoder"/> wrote it, without the line's end.</param>
internal ref struct RowCells(ReadOnlySpan<byte> row)
{
    private readonly ReadOnlySpan<byte> _row = row;
    private int _next = 1;

    /// <summary>The cell.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly RowCells GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_next >= _row.Length - 1) return false;
        var rest = _row[_next..];
        var length = LengthOf(rest);
        Current = rest[..length];
        _next += length + 1; // over the comma, or the closing bracket
        return true;
    }

    private static int LengthOf(ReadOnlySpan<byte> rest) => rest[0] switch
    {
        (byte)'"' => StringLength(rest),
        (byte)'{' or (byte)'[' => NestedLength(rest),
        _ => rest.IndexOfAny((byte)',', (byte)']'),
    };

    private static int StringLength(ReadOnlySpan<byte> rest)
    {
        for (var at = 1; ; at += 2)
        {
            at += rest[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (rest[at] == (byte)'"') return at + 1;
        }
    }

    private static int NestedLength(ReadOnlySpan<byte> rest)
    {
        var depth = 0;
        for (var at = 0; ; at++)
        {
            at += rest[at..].IndexOfAny("\"{}[]"u8);
            switch (rest[at])
            {
                case (byte)'"':
                    at += StringLength(rest[at..]) - 1;
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                default:
                    if (--depth == 0) return at + 1;
                    break;
            }
        }
    }
}
