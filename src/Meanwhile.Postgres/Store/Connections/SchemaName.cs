using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Connections;

/// <summary>The schema of the tables: statements are written for the default one, and said anew for another.</summary>
internal sealed partial class SchemaName
{
    private const string Default = "meanwhile";
    private readonly ConcurrentDictionary<string, string> _said = []; // as many as there are constants, and ways to put them together

    /// <param name="name">The name.</param>
    /// <exception cref="StoreUnusableException">It is none.</exception>
    public SchemaName(string name)
    {
        if (!Accepted().IsMatch(name)) throw new StoreUnusableException($"\"{name}\" can't be the store's schema: 1 to 63 characters of a-z, 0-9 and '_' are accepted, not beginning with a digit or 'pg_'.");
        Name = name;
    }

    /// <summary>The name, which needs no quotes.</summary>
    public string Name { get; }

    /// <summary>The statement, about the tables of this schema.</summary>
    public string In(string sql) => Name == Default ? sql : _said.GetOrAdd(sql, static (text, name) => text.Replace(Default + ".", name + ".", StringComparison.Ordinal), Name);

    [GeneratedRegex("^(?!pg_)[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex Accepted();
}
