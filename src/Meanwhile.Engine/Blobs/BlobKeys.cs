using System.Globalization;
using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Stores;

namespace Meanwhile.Blobs;

/// <summary>Where an attempt's blobs lie: <c>results/yyyy-mm-dd/job_id/attempt-fence.ndjson.gz</c> (or <c>.ndjson</c>) and <c>logs/yyyy-mm-dd/job_id/attempt-fence.log</c>; what is begun anew for the same attempt and fence lies beside it as <c>attempt-fence.p1.log</c>, <c>p2</c> and so on.</summary>
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
    /// <param name="part">0 for the first that is begun under the fence.</param>
    public static string Result(AttemptFence fence, ResultEncoding encoding, int part = 0) =>
        ResultsPrefix + Place(fence) + Suffix(part) + (encoding switch { ResultEncoding.Gzip => GzipSuffix, ResultEncoding.Identity => IdentitySuffix });

    /// <summary>The key of an attempt's log.</summary>
    /// <param name="part">0 for the first that is begun under the fence.</param>
    public static string Log(AttemptFence fence, int part = 0) => LogsPrefix + Place(fence) + Suffix(part) + LogSuffix;

    /// <summary>The folder of a job's blobs of one kind.</summary>
    public static string Folder(AttemptBlobKind kind, JobId job)
    {
        var sample = Of(new AttemptBlobs(kind, new AttemptFence(job, 0, 0)))[0];
        return sample[..(sample.LastIndexOf('/') + 1)];
    }

    /// <summary>Every key under which an attempt may have written blobs of this kind.</summary>
    public static IReadOnlyList<string> Of(AttemptBlobs blobs, int part = 0) => blobs.Kind switch
    {
        AttemptBlobKind.Result => [Result(blobs.Fence, ResultEncoding.Gzip, part), Result(blobs.Fence, ResultEncoding.Identity, part)],
        AttemptBlobKind.Log => [Log(blobs.Fence, part)],
    };

    /// <summary>Tells which attempt wrote an object. False for a key that <see cref="Result"/> and <see cref="Log"/> never make.</summary>
    public static bool TryParse(string key, out AttemptBlobs blobs) => TryParse(key, out blobs, out _);

    /// <summary>Tells which attempt wrote an object, and as which part.</summary>
    public static bool TryParse(string key, out AttemptBlobs blobs, out int part)
    {
        (blobs, part) = (default, 0);
        if (key.Split('/') is not [var root, _, var job, var name] || !JobId.TryParse(job, out var id)) return false;

        AttemptBlobKind kind;
        if (root + '/' == ResultsPrefix) kind = AttemptBlobKind.Result;
        else if (root + '/' == LogsPrefix) kind = AttemptBlobKind.Log;
        else return false;

        if (name.Split('.')[0].Split('-') is not [var attempt, var fence]
            || !int.TryParse(attempt, NumberStyles.None, CultureInfo.InvariantCulture, out var attemptNumber)
            || !long.TryParse(fence, NumberStyles.None, CultureInfo.InvariantCulture, out var fenceNumber)) return false;

        blobs = new AttemptBlobs(kind, new AttemptFence(id, attemptNumber, fenceNumber));
        if (name.Split('.')[1] is ['p', .. var number] && !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out part)) return false;
        return Of(blobs, part).Contains(key); // so that only what we write ourselves is taken for ours
    }

    private static string Suffix(int part) => part == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $".p{part}");

    private static string Place(AttemptFence fence)
    {
        var madeAtMs = (long)(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(fence.Job.ToBytes()) >> 16);
        var madeAt = DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(madeAtMs, LatestMs));
        return string.Create(CultureInfo.InvariantCulture, $"{madeAt:yyyy-MM-dd}/{fence}");
    }
}
