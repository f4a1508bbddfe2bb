namespace Meanwhile.Blobs;

/// <summary>How a <see cref="DirectoryBlobStore"/> treats its disk.</summary>
public sealed record DirectoryBlobOptions
{
    /// <summary>How many bytes of the disk are left to others, above all to the job store, so that "disk full" can still be recorded. Default 256 MiB.</summary>
    public long MinFreeBytes { get; init; } = 256L << 20;

    /// <summary>Tells how many bytes are free; null = asks the operating system.</summary>
    public Func<long>? FreeBytes { get; init; }
}
