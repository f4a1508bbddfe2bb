using System.Text.RegularExpressions;

namespace Meanwhile.Cli.Problems;

/// <summary>Says of a value that does not fit what is accepted, where the parser names a type of the runtime.</summary>
internal static partial class Misfit
{
    /// <summary>The sentence without the type's name; any other sentence as it is.</summary>
    public static string InWords(string sentence) => Expected.Match(sentence) is { Success: true } found
        ? $"'{found.Groups["value"].Value}' does not fit {found.Groups["where"].Value}: {Accepted(found.Groups["type"].Value)} is accepted."
        : sentence;

    private static string Accepted(string type) => type switch
    {
        _ when type.Contains("Int", StringComparison.Ordinal) => "a whole number",
        _ when type.Contains("Double", StringComparison.Ordinal) => "a number",
        _ when type.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ => "something else",
    };

    [GeneratedRegex("^Cannot parse argument '(?<value>.*)' for (?<where>.*) as expected type '(?<type>.*)'\\.?$", RegexOptions.Singleline)]
    private static partial Regex Expected { get; }
}
