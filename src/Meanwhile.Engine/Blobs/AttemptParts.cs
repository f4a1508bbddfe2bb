using Meanwhile.Jobs;
using Meanwhile.Stores;

namespace Meanwhile.Blobs;

/// <summary>Finds what an attempt has written, which can be several objects: a worker's log goes on at whichever server it reaches.</summary>
internal static class AttemptParts
{
    /// <summary>A part, as it lies in the blob store.</summary>
    public readonly record struct Part(string Key, long Fence, int Ordinal);

    /// <summary>An attempt's objects, by fence and part.</summary>
    public static async ValueTask<IReadOnlyList<Part>> ListAsync(IBlobStore blobs, AttemptBlobKind kind, JobId job, int attempt, CancellationToken cancellationToken)
    {
        List<Part> parts = [];
        var folder = BlobKeys.Folder(kind, job);
        await foreach (var name in blobs.ListAsync(folder, cancellationToken))
        {
            if (BlobKeys.TryParse(folder + name, out var found, out var part) && found.Fence.Attempt == attempt) parts.Add(new Part(folder + name, found.Fence.Fence, part));
        }

        return [.. parts.OrderBy(part => part.Fence).ThenBy(part => part.Ordinal)];
    }

    /// <summary>The part to begin now under a fence.</summary>
    public static async ValueTask<int> NextAsync(IBlobStore blobs, AttemptBlobKind kind, AttemptFence fence, CancellationToken cancellationToken) =>
        (await ListAsync(blobs, kind, fence.Job, fence.Attempt, cancellationToken)).Where(part => part.Fence == fence.Fence).Select(part => part.Ordinal + 1).DefaultIfEmpty(0).Max();

    /// <summary>The log of an attempt, its parts joined; empty when it wrote none. Of several fences the newest counts.</summary>
    public static async ValueTask<Stream> OpenLogAsync(IBlobStore blobs, JobId job, int attempt, CancellationToken cancellationToken)
    {
        var all = await ListAsync(blobs, AttemptBlobKind.Log, job, attempt, cancellationToken);
        List<(string Key, long Length)> parts = [];
        foreach (var part in all.Where(part => part.Fence == all[^1].Fence))
        {
            if (await blobs.LengthAsync(part.Key, cancellationToken) is { } length and > 0) parts.Add((part.Key, length));
        }

        return parts switch
        {
            [] => Stream.Null,
            [var only] => await blobs.OpenAsync(only.Key, 0, only.Length, cancellationToken),
            _ => new JoinedBlobs(blobs, parts),
        };
    }
}
