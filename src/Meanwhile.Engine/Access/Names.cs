using System.Text.RegularExpressions;

namespace Meanwhile.Access;

/// <summary>What names of projects and sources may be.</summary>
internal static partial class Names
{
    /// <summary>Whether a text is a name for a project, a source or a node.</summary>
    public static bool IsName(string text) => Name().IsMatch(text);

    /// <summary>What <see cref="IsName"/> accepts, for messages.</summary>
    public const string Rule = "1 to 63 characters of a-z, 0-9, '-' and '_', beginning with a letter or digit, are accepted";

    [GeneratedRegex(@"^[a-z0-9][a-z0-9_-]{0,62}\z")]
    private static partial Regex Name();
}
