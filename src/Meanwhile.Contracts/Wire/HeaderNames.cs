namespace Meanwhile.Contracts;

/// <summary>The headers that are ours, or that mean something to us.</summary>
public static class HeaderNames
{
    /// <summary>The project in which an instance admin wants to act.</summary>
    public const string Project = "X-Meanwhile-Project";

    /// <summary>The client's name for a submission.</summary>
    public const string IdempotencyKey = "Idempotency-Key";

    /// <summary><c>true</c> when the idempotency key named a job that was there.</summary>
    public const string Replayed = "Idempotent-Replayed";

    /// <summary>The W3C trace context that is kept with the job.</summary>
    public const string TraceParent = "traceparent";

    /// <summary>CRC-32 (as in gzip) of a partition's bytes as stored: 8 hex digits.</summary>
    public const string Checksum = "X-Meanwhile-Checksum";

    /// <summary>The first row's ordinal in a partition, from 0.</summary>
    public const string FirstRow = "X-Meanwhile-First-Row";

    /// <summary>How many rows a partition has.</summary>
    public const string Rows = "X-Meanwhile-Rows";

    /// <summary><c>false</c> when a downloaded result was cut, else <c>true</c>.</summary>
    public const string Complete = "X-Meanwhile-Complete";

    /// <summary>What cut a downloaded result: rows, bytes, cell or source; absent when it is complete.</summary>
    public const string TruncatedBy = "X-Meanwhile-Truncated-By";

    /// <summary>How many rows the whole result has of which a download is all or a part.</summary>
    public const string RowCount = "X-Meanwhile-Row-Count";

    /// <summary>When a downloaded result expires.</summary>
    public const string ExpiresAt = "X-Meanwhile-Expires-At";

    /// <summary>How many bytes a partition is once decoded.</summary>
    public const string DecodedLength = "X-Meanwhile-Decoded-Length";
}
