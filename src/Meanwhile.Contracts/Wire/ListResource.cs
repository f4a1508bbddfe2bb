namespace Meanwhile.Contracts;

/// <summary>A page of anything.</summary>
public sealed record ListResource<T>
{
    /// <summary>What is on the page.</summary>
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>Where to go on; absent at the end, except in event feeds, which never end.</summary>
    public string? NextCursor { get; init; }
}
