using System.Globalization;
using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Stores;

namespace Meanwhile.Blobs;

/// <summary>Where an attempt's blobs lie: <c>results/yyyy-mm-dd/job_id/attempt-fence.ndjson.gz</c> (or <c>.ndjson</c>) and <c>logs/yyyy-mm-dd/job_id/attempt-fence.log</c>.</summary>
/// <remarks>
/// The date is that of the job's id, in UTC, and only keeps directories small: so a key follows from the fence alone, and no clock is asked.
/// </remarks>
public static class BlobKeys
{
    /// <summary>Below it lie all results.</summary>
    public const string ResultsPrefix = "results/";

    /// <summary>Below it lie all attempts' logs.</summary>
    public const string LogsPrefix = "logs/";

    private const string GzipSuffix = ".ndjson.gz";
    private const string IdentitySuffix = ".ndjson";
    private const string LogSuffix = ".log";
    private static readonly long LatestMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The key of the object that holds an attempt's partitions.</summary>
    public static string Result(AttemptFence fence, ResultEncoding encoding) =>
        ResultsPrefix + Place(fence) + (encoding switch { ResultEncoding.Gzip => GzipSuffix, ResultEncoding.Identity => IdentitySuffix });

    /// <summary>The key of an attempt's log.</summary>
    public static string Log(AttemptFence fence) => LogsPrefix + Place(fence) + LogSuffix;

    /// <summary>Every key under which an attempt may have written blobs of this kind.</summary>
    public static IReadOnlyList<string> Of(AttemptBlobs blobs) => blobs.Kind switch
    {
        AttemptBlobKind.Result => [Result(blobs.Fence, ResultEncoding.Gzip), Result(blobs.Fence, ResultEncoding.Identity)],
        AttemptBlobKind.Log => [Log(blobs.Fence)],
    };

    /// <summary>Tells which attempt wrote an object. False for a key that <see cref="Result"/> and <see cref="Log"/> never make.</summary>
    public static bool TryParse(string key, out AttemptBlobs blobs)
    {
        blobs = default;
        if (key.Split('/') is not [var root, _, var job, var name] || !JobId.TryParse(job, out var id)) return false;

        AttemptBlobKind kind;
        if (root + '/' == ResultsPrefix) kind = AttemptBlobKind.Result;
        else if (root + '/' == LogsPrefix) kind = AttemptBlobKind.Log;
        else return false;

        if (name.Split('.')[0].Split('-') is not [var attempt, var fence]
            || !int.TryParse(attempt, NumberStyles.None, CultureInfo.InvariantCulture, out var attemptNumber)
            || !long.TryParse(fence, NumberStyles.None, CultureInfo.InvariantCulture, out var fenceNumber)) return false;

        blobs = new AttemptBlobs(kind, new AttemptFence(id, attemptNumber, fenceNumber));
        return Of(blobs).Contains(key); // so that only what we write ourselves is taken for ours
    }

    private static string Place(AttemptFence fence)
    {
        var madeAtMs = (long)(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(fence.Job.ToBytes()) >> 16);
        var madeAt = DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(madeAtMs, LatestMs));
        return string.Create(CultureInfo.InvariantCulture, $"{madeAt:yyyy-MM-dd}/{fence}");
    }
}
