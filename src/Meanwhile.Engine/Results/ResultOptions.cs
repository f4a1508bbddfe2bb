namespace Meanwhile.Results;

/// <summary>How results are spooled, and every limit on them. Bytes of rows count as encoded, before compression, unless said otherwise.</summary>
public sealed record ResultOptions
{
    /// <summary>No size that is held in memory may be set higher: 256 MiB, so that an encoded row fits an array.</summary>
    public const int MemoryBytesMax = 256 << 20;

    /// <summary>A partition is cut when another row as large as its largest would make it larger than this; so only a row larger than all before it does. Default 1 MiB.</summary>
    public int PartitionBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MemoryBytesMax);
            field = value;
        }
    }
    = 1 << 20;

    /// <summary>A whole result up to this size is kept in the manifest instead of an object. 0 = never. Default 16 KiB.</summary>
    public int InlineBytesMax
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 0);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MemoryBytesMax);
            field = value;
        }
    }
    = 16 << 10;

    /// <summary>Whether partitions are gzip members. Default true.</summary>
    public bool Compress { get; init; } = true;

    /// <summary>Longer text, binary and JSON cells are cut to so many bytes of the value. Default 16 MiB.</summary>
    public int CellBytesMax
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MemoryBytesMax);
            field = value;
        }
    }
    = 16 << 20;

    /// <summary>What all text, binary and JSON cells of one row share; a cell is cut to what is left. Default 32 MiB. Encoded, it can be up to 6 times as much.</summary>
    public int RowBytesMax
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MemoryBytesMax);
            field = value;
        }
    }
    = 32 << 20;

    /// <summary>How many filled blocks of <see cref="PartitionBytes"/> may be on their way to the disk while the next is filled; at least 1. Default 2.</summary>
    public int BlocksInFlightMax
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 2;

    /// <summary>Rows kept of each statement; null = unlimited, the default.</summary>
    public long? RowsMax { get; init; }

    /// <summary>Bytes kept of the whole result. Default 64 GiB.</summary>
    public long ResultBytesMax { get; init; } = 64L << 30;
}
