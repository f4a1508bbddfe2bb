using Meanwhile.Problems;

namespace Meanwhile.Access;

/// <summary>Cuts pages of small lists that are held in memory.</summary>
internal static class Paging
{
    private const int LimitDefault = 50;
    private const int LimitMax = 1_000;

    /// <summary>The limit to use.</summary>
    /// <exception cref="ProblemException">It is out of range.</exception>
    public static int Limit(int? limit) =>
        limit is < 1 or > LimitMax ? throw SpecMaker.Invalid([new FieldError("limit", $"is {limit}; 1 to {LimitMax} is accepted")]) : limit ?? LimitDefault;

    /// <summary>A page in the order of names. There is one list of each type: its cursors are good for it alone.</summary>
    /// <param name="nameOf">Unique, and what the list is ordered by.</param>
    public static Page<T> Cut<T>(IEnumerable<T> all, Func<T, string> nameOf, string? cursor, int? limit, bool descending = false)
    {
        var list = Cursors.List(typeof(T).Name);
        var after = Cursors.ToName(list, cursor);
        var ordered = descending ? all.OrderByDescending(nameOf, StringComparer.Ordinal) : all.OrderBy(nameOf, StringComparer.Ordinal);
        var rest = after is null ? ordered : ordered.Where(item => Math.Sign(string.CompareOrdinal(nameOf(item), after)) == (descending ? -1 : 1));
        var page = rest.Take(Limit(limit) + 1).ToList();
        if (page.Count <= Limit(limit)) return new Page<T>(page, null);
        page.RemoveAt(page.Count - 1);
        return new Page<T>(page, Cursors.OfName(list, nameOf(page[^1])));
    }
}
