using Meanwhile.Cli.Problems;

namespace Meanwhile.Cli.Jobs;

/// <summary>Reads <c>name=value</c>.</summary>
internal static class LabelOptions
{
    /// <summary>The labels; null when there are none.</summary>
    public static Dictionary<string, string>? Read(string[]? texts)
    {
        if (texts is null or []) return null;
        Dictionary<string, string> labels = [];
        foreach (var text in texts)
        {
            var (name, value) = Split("--label", text);
            labels[name] = value;
        }

        return labels;
    }

    /// <summary>The two sides of the first equals sign.</summary>
    public static (string Name, string Value) Split(string option, string text) => text.IndexOf('=', StringComparison.Ordinal) switch
    {
        > 0 and var at => (text[..at], text[(at + 1)..]),
        _ => throw new UsageException($"{option} '{text}' has no name and value.", $"Give it as {option} name=value."),
    };
}
