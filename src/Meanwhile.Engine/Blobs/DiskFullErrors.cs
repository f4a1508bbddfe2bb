namespace Meanwhile.Blobs;

/// <summary>Tells "no space" from other failures of a write.</summary>
internal static class DiskFullErrors
{
    private const int NoSpace = 28; // ENOSPC
    private const int TooBig = 27; // EFBIG
    private const int QuotaLinux = 122; // EDQUOT
    private const int QuotaMac = 69;
    private const int DiskFullWindows = unchecked((int)0x80070070);
    private const int HandleDiskFullWindows = unchecked((int)0x80070027);

    /// <summary>The same failure, as what the port promises.</summary>
    /// <returns>Null when it is about something else than space.</returns>
    public static BlobStoreFullException? From(Exception failure) => failure switch
    {
        IOException { HResult: NoSpace or QuotaLinux or QuotaMac or TooBig or DiskFullWindows or HandleDiskFullWindows } =>
            new BlobStoreFullException($"The disk is full: {failure.Message}", failure),
        ArgumentOutOfRangeException => new BlobStoreFullException("The file would be larger than the file system takes.", failure), // how the runtime shows EFBIG
        _ => null,
    };
}
