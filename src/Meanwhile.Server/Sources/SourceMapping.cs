using System.Globalization;
using Meanwhile.Contracts;
using Meanwhile.Problems;
using Meanwhile.Sources;

namespace Meanwhile.Server.Sources;

/// <summary>Sources' options on the wire.</summary>
internal static class SourceMapping
{
    private const double TimeoutSecondsMax = 604_800;
    private const int ConcurrencyMax = 1_000;
    private const int CellBytesMax = 64 * 1024 * 1024;

    /// <summary>The options as they are answered.</summary>
    public static SourceOptionsResource ToResource(SourceOptions options) => new()
    {
        ReadOnly = options.ReadOnly,
        Concurrency = options.Concurrency,
        StatementTimeoutSeconds = options.StatementTimeout?.TotalSeconds,
        MaxRows = options.RowsMax,
        MaxResultBytes = options.ResultBytesMax,
        MaxCellBytes = options.CellBytesMax,
    };

    /// <summary>The options as they were sent, with defaults for what is absent.</summary>
    /// <exception cref="ProblemException">A number is out of its range.</exception>
    public static SourceOptions ToOptions(SourceOptionsResource? given)
    {
        if (given is null) return new SourceOptions();
        Within("concurrency", given.Concurrency, 1, ConcurrencyMax);
        if (given.StatementTimeoutSeconds is { } timeout && !(timeout is > 0 and <= TimeoutSecondsMax)) throw Refused("statement_timeout_seconds", timeout, $"more than 0 and at most {TimeoutSecondsMax}");
        Within("max_rows", given.MaxRows, 1, long.MaxValue);
        Within("max_result_bytes", given.MaxResultBytes, 1, long.MaxValue);
        Within("max_cell_bytes", given.MaxCellBytes, 1, CellBytesMax);
        var defaults = new SourceOptions();
        return new SourceOptions
        {
            ReadOnly = given.ReadOnly ?? defaults.ReadOnly,
            Concurrency = given.Concurrency,
            StatementTimeout = given.StatementTimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            RowsMax = given.MaxRows,
            ResultBytesMax = given.MaxResultBytes,
            CellBytesMax = given.MaxCellBytes ?? defaults.CellBytesMax,
        };
    }

    private static void Within(string option, long? value, long min, long max)
    {
        if (value is { } number && (number < min || number > max)) throw Refused(option, number, max == long.MaxValue ? $"{min} or more" : $"{min} to {max}");
    }

    private static ProblemException Refused(string option, double value, string accepted) =>
        Refusals.Field($"options.{option}", string.Create(CultureInfo.InvariantCulture, $"is {value}; {accepted} is accepted"));
}
