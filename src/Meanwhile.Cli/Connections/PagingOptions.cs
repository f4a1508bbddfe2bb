using System.CommandLine;

namespace Meanwhile.Cli.Connections;

/// <summary>The options of every list.</summary>
internal static class PagingOptions
{
    /// <summary>How many.</summary>
    public static Option<int?> Limit { get; } = new("--limit") { Description = "At most so many: 1 to 1,000. Default 50", HelpName = "N" };

    /// <summary>Where to go on.</summary>
    public static Option<string?> Cursor { get; } = new("--cursor") { Description = "Go on where an earlier page ended", HelpName = "CURSOR" };
}
