namespace Meanwhile.Testing.Sources;

/// <summary>The statements that the conformance suite runs, in a source's own words.</summary>
public sealed record SourceDialect
{
    /// <summary>Gives rows with one column, the integers from 1 to 10,000 in order.</summary>
    public required string TenThousandRows { get; init; }

    /// <summary>Gives one row with one column without an end in sight, or rows without end.</summary>
    public required string Endless { get; init; }

    /// <summary>Gives rows without end.</summary>
    public required string EndlessRows { get; init; }

    /// <summary>Sits for minutes in one call of a function; null where the source has none such.</summary>
    public string? LongCall { get; init; }

    /// <summary>Inserts one row into a table that is there in a writable source.</summary>
    public required string Write { get; init; }

    /// <summary>Gives one row with one column: how many rows were written by <see cref="Write"/>.</summary>
    public required string CountWrites { get; init; }

    /// <summary>Names a table that is not there.</summary>
    public required string Wrong { get; init; }

    /// <summary>Gives one row with the parameter <c>a</c>, by name.</summary>
    public required string NamedParameter { get; init; }

    /// <summary>Gives one row with the first parameter, by position.</summary>
    public required string PositionalParameter { get; init; }
}
