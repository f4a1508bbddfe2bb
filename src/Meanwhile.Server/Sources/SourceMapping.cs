using Meanwhile.Contracts;
using Meanwhile.Sources;

namespace Meanwhile.Server.Sources;

/// <summary>Sources' options on the wire.</summary>
internal static class SourceMapping
{
    private const double TimeoutSecondsMax = 604_800;

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
    /// <exception cref="Meanwhile.Problems.ProblemException">A number is out of its range.</exception>
    public static SourceOptions ToOptions(SourceOptionsResource? given)
    {
        if (given is null) return new SourceOptions();
        if (given.Concurrency is < 1) throw Refusals.Field("options.concurrency", "Must be 1 or more.");
        if (given.StatementTimeoutSeconds is not (null or > 0 and <= TimeoutSecondsMax)) throw Refusals.Field("options.statement_timeout_seconds", $"Must be more than 0 and at most {TimeoutSecondsMax}.");
        if (given.MaxRows is < 1) throw Refusals.Field("options.max_rows", "Must be 1 or more.");
        if (given.MaxResultBytes is < 1) throw Refusals.Field("options.max_result_bytes", "Must be 1 or more.");
        if (given.MaxCellBytes is < 1) throw Refusals.Field("options.max_cell_bytes", "Must be 1 or more.");
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
}
