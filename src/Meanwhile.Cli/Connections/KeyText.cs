using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;

namespace Meanwhile.Cli.Connections;

/// <summary>Keys as people hand them over, often with the end of a line.</summary>
internal static class KeyText
{
    /// <summary>The key without the white space at its end.</summary>
    /// <param name="origin">Where it comes from, for the sentence.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="UsageException">No request could carry it.</exception>
    public static string? Of(string? text, string origin) => text?.TrimEnd() switch
    {
        null or "" => null,
        var key when key.Any(char.IsControl) => throw Refused($"The key from {origin} holds a control character, such as the end of a line."),
        var key when !key.All(char.IsAscii) => throw Refused($"The key from {origin} holds a character that is not ASCII."),
        var key => key,
    };

    private static UsageException Refused(string sentence) => new(sentence, "Give the key as 'meanwhile keys create' printed it: mw_ and what follows, on one line.", ExitCode.Denied);
}
