namespace Meanwhile.Contracts;

/// <summary>What became of one job of a batch.</summary>
public sealed record BatchItemResource
{
    /// <summary>The accepted job.</summary>
    public JobResource? Job { get; init; }

    /// <summary>False when its idempotency key named a job that was there.</summary>
    public bool? Created { get; init; }

    /// <summary>Why it was refused.</summary>
    public ProblemResource? Problem { get; init; }
}

/// <summary>What became of one cancel of many.</summary>
public sealed record CancelItemResource
{
    /// <summary>The id as it was given.</summary>
    public required string JobId { get; init; }

    /// <summary>The job.</summary>
    public JobResource? Job { get; init; }

    /// <summary>Why there is none.</summary>
    public ProblemResource? Problem { get; init; }
}

/// <summary>What was found out about a statement without running it.</summary>
public sealed record CheckResource
{
    /// <summary>How many statements the text has.</summary>
    public int StatementCount { get; init; }

    /// <summary>Whether none of them writes; absent = the source can't tell.</summary>
    public bool? ReadOnly { get; init; }

    /// <summary>The columns of the last statement that has any.</summary>
    public required IReadOnlyList<ColumnResource> Columns { get; init; }

    /// <summary>The parameters that it takes.</summary>
    public required IReadOnlyList<string> Parameters { get; init; }

    /// <summary>What the planner expects, in the source's own shape.</summary>
    public RawJson? Plan { get; init; }
}
