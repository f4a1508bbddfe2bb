using Meanwhile.Access;
using Meanwhile.Contracts;

namespace Meanwhile.Server.Operations;

/// <summary>Pages of lists.</summary>
internal static class Paging
{
    private const int LimitMax = 1_000;

    /// <summary>What every list takes.</summary>
    public static IReadOnlyList<QueryParameter> Parameters { get; } =
    [
        new("limit", "integer", "At most so many: 1 to 1,000."),
        new("cursor", "string", "Where an earlier page ended: its next_cursor."),
    ];

    /// <summary>How many a page.</summary>
    public static int? Limit(QueryReader query) => query.Int("limit", 1, LimitMax);

    /// <summary>Where to go on; null when absent. An empty one is handed on: it is no cursor, and says nothing of where to begin.</summary>
    public static string? Cursor(QueryReader query) => query.Texts("cursor") is [var text, ..] ? text : null;

    /// <summary>The page as it is answered.</summary>
    public static ListResource<TResource> ToResource<T, TResource>(Page<T> page, Func<T, TResource> map) => new() { Items = [.. page.Items.Select(map)], NextCursor = page.NextCursor };
}
