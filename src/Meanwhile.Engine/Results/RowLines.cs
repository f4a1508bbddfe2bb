namespace Meanwhile.Results;

/// <summary>Walks through the lines of a decoded partition.</summary>
/// <param name="ndjson">Whole lines.</param>
internal struct RowLines(ReadOnlyMemory<byte> ndjson)
{
    private int _next;

    /// <summary>Whether no line is left.</summary>
    public readonly bool AtEnd => _next >= ndjson.Length;

    /// <summary>What has not been walked through.</summary>
    public readonly ReadOnlyMemory<byte> Rest => ndjson[_next..];

    /// <summary>The next line, without its end. There must be one.</summary>
    public ReadOnlySpan<byte> Next()
    {
        var rest = ndjson.Span[_next..];
        var length = rest.IndexOf((byte)'\n');
        _next += length + 1;
        return rest[..length];
    }

    /// <summary>Passes over lines; over all when there are fewer.</summary>
    public void Skip(long count)
    {
        for (; count > 0 && !AtEnd; count--) Next();
    }
}
