using System.Globalization;
using System.Text;

namespace Meanwhile.Cli.Tables;

/// <summary>Text as a terminal can show it: what data holds never moves the cursor or changes a colour.</summary>
internal static class Printable
{
    /// <summary>The text with control and format characters written out, as in <c>\n</c> and <c>\u001B</c>.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.Any(NeedsEscape)) return text;
        var shown = new StringBuilder(text.Length + 8);
        foreach (var c in text) shown = NeedsEscape(c) ? shown.Append(Escape(c)) : shown.Append(c);
        return shown.ToString();
    }

    /// <summary>How many columns a terminal takes for the text.</summary>
    public static int Width(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes()) width += Width(rune);
        return width;
    }

    /// <summary>The text, or as much of it as fits, with <c>…</c> at its end.</summary>
    /// <param name="widthMax">At least 1.</param>
    public static string Shorten(string text, int widthMax)
    {
        if (Width(text) <= widthMax) return text;
        var (kept, width) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            if (width + Width(rune) > widthMax - 1) break;
            width += Width(rune);
            kept += rune.Utf16SequenceLength;
        }

        return text[..kept] + "…";
    }

    private static bool NeedsEscape(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Escape(char c) => c switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => $"\\u{(int)c:X4}",
    };

    private static int Width(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark => 0,
        _ => IsWide(rune.Value) ? 2 : 1,
    };

    /// <summary>The blocks that terminals show two columns wide (Unicode's East_Asian_Width W and F, coarsely).</summary>
    private static bool IsWide(int c) =>
        c is >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0xA4CF or >= 0xAC00 and <= 0xD7A3 or >= 0xF900 and <= 0xFAFF
            or >= 0xFE30 and <= 0xFE6F or >= 0xFF00 and <= 0xFF60 or >= 0xFFE0 and <= 0xFFE6 or >= 0x1F300 and <= 0x1FAFF or >= 0x20000 and <= 0x3FFFD;
}
