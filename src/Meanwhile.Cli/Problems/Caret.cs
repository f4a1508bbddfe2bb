using Meanwhile.Cli.Tables;

namespace Meanwhile.Cli.Problems;

/// <summary>Shows a place in a statement: its line, and a caret below.</summary>
internal static class Caret
{
    /// <summary>How wide a line may be where no terminal says.</summary>
    public const int WidthDefault = 100;

    /// <summary>The line that holds the place, cut to the width around it, and a line with the caret.</summary>
    /// <param name="position">In characters, from 1; one past the end means the end.</param>
    public static IReadOnlyList<string> Lines(string statement, int position, int width)
    {
        var at = IndexOf(statement, position);
        var start = at == 0 ? 0 : statement.LastIndexOf('\n', at - 1) + 1;
        var end = statement.IndexOf('\n', at) is >= 0 and var found ? found : statement.Length;
        var number = statement.AsSpan(0, start).Count('\n') + 1;
        var label = statement.Contains('\n', StringComparison.Ordinal) ? $"line {number}: " : "";

        var room = Math.Max(20, width - label.Length - 4);
        var from = Math.Max(start, Math.Min(at - (room / 2), end - room));
        var shown = Clean(statement[from..Math.Min(end, from + room)]);
        var before = Printable.Width(Clean(statement[from..at]));
        return [label + shown, new string(' ', label.Length + before) + "^"];
    }

    /// <summary>Where a character lies in UTF-16, of which some take two units.</summary>
    private static int IndexOf(string statement, int position)
    {
        var at = 0;
        for (var left = position - 1; left > 0 && at < statement.Length; left--) at += char.IsSurrogatePair(statement, at) ? 2 : 1;
        return at;
    }

    /// <summary>One column a character, so that the caret stands right.</summary>
    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
