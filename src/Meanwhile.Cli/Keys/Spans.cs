using System.Globalization;
using Meanwhile.Cli.Problems;

namespace Meanwhile.Cli.Keys;

/// <summary>Reads spans of time as people type them.</summary>
internal static class Spans
{
    private const double HoursMax = 24 * 36_500;

    /// <summary>A span such as <c>30d</c>, <c>12h</c>, <c>90m</c> or <c>45s</c>.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static TimeSpan Parse(string option, string text) =>
        HoursIn(text) is { } unit && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * unit <= HoursMax
            ? TimeSpan.FromHours(number * unit)
            : throw new UsageException($"{option} '{text}' is no span of time.", "Give a number and its unit: 30d, 12h, 90m or 45s.");

    private static double? HoursIn(string text) => text switch
    {
        [.., 'd'] => 24,
        [.., 'h'] => 1,
        [.., 'm'] => 1 / 60.0,
        [.., 's'] => 1 / 3600.0,
        _ => null,
    };
}
