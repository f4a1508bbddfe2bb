namespace Meanwhile.Registry;

/// <summary>Names a document.</summary>
/// <param name="Kind">What it is: <c>project</c>, <c>key</c>, <c>source</c>, <c>limit</c>, <c>tool</c>.</param>
/// <param name="Project">The project that it belongs to; empty for the instance's own.</param>
/// <param name="Name">Unique within kind and project: 1 to 200 characters.</param>
public readonly record struct DocumentKey(string Kind, string Project, string Name);

/// <summary>A versioned document.</summary>
/// <param name="Version">From 1; 0 means that there is none. Never reused for the same key, also after a deletion.</param>
/// <param name="Json">The content, at most 256 KiB.</param>
public sealed record Document(DocumentKey Key, long Version, string Json, DateTimeOffset UpdatedAt);

/// <summary>A change of the registry, in the order in which changes were made.</summary>
/// <param name="Number">Ascends.</param>
/// <param name="Document">The document afterwards; null when it was deleted.</param>
public sealed record DocumentChange(long Number, DocumentKey Key, Document? Document);

/// <summary>Keeps the versioned documents that configure an instance: projects, keys, sources, limits. Safe for concurrent use.</summary>
public interface IRegistry
{
    /// <summary>The document; null when there is none.</summary>
    ValueTask<Document?> GetAsync(DocumentKey key, CancellationToken cancellationToken);

    /// <summary>Documents of a kind in the order of project and name, after a name; at most <paramref name="limit"/> (1 to 10,000).</summary>
    /// <param name="project">Null = of all projects and the instance.</param>
    /// <param name="after">The last key of the page before; null = from the start.</param>
    ValueTask<IReadOnlyList<Document>> ListAsync(string kind, string? project, DocumentKey? after, int limit, CancellationToken cancellationToken);

    /// <summary>Writes a document if its version is the expected one.</summary>
    /// <param name="expectedVersion">0 = it must not exist; null = whatever is there.</param>
    /// <returns>The document as written; null when the version was another and nothing changed.</returns>
    ValueTask<Document?> PutAsync(DocumentKey key, string json, long? expectedVersion, CancellationToken cancellationToken);

    /// <summary>Deletes a document if its version is the expected one.</summary>
    /// <returns>False when it is not there or of another version.</returns>
    ValueTask<bool> DeleteAsync(DocumentKey key, long? expectedVersion, CancellationToken cancellationToken);

    /// <summary>Every change after a number, waiting for new ones until cancelled. Several changes of one key may come as the last of them.</summary>
    /// <param name="after">0 = from the beginning: every document that exists comes once.</param>
    IAsyncEnumerable<DocumentChange> WatchAsync(long after, CancellationToken cancellationToken);
}
