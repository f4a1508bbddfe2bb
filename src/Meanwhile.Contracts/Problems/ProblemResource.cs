namespace Meanwhile.Contracts;

/// <summary>Why a request was refused: RFC 9457, as <c>application/problem+json</c>.</summary>
public sealed record ProblemResource
{
    /// <summary>The media type of a problem.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>What <see cref="Type"/> begins with; the code follows.</summary>
    public const string TypePrefix = "urn:meanwhile:problem:";

    /// <summary><c>urn:meanwhile:problem:</c> and the code.</summary>
    public required string Type { get; init; }

    /// <summary>The code in words.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>One sentence for a person: what is wrong and what to do.</summary>
    public required string Detail { get; init; }

    /// <summary>The stable code, such as <c>invalid_request</c>.</summary>
    public required string Code { get; init; }

    /// <summary>What is wrong, field by field; absent when it is not about fields.</summary>
    public IReadOnlyList<FieldErrorResource>? Errors { get; init; }

    /// <summary>The job that it is about.</summary>
    public string? JobId { get; init; }

    /// <summary>That job's status.</summary>
    public string? JobStatus { get; init; }

    /// <summary><c>unknown</c> when nobody can tell whether the submission was stored: look job_id up later.</summary>
    public string? Outcome { get; init; }

    /// <summary>From where an event feed can still be read.</summary>
    public string? OldestCursor { get; init; }

    /// <summary>The limit that was reached.</summary>
    public LimitReachedResource? Limit { get; init; }

    /// <summary>When to ask again, in milliseconds; the Retry-After header says it in whole seconds.</summary>
    public int? PollAfterMs { get; init; }
}

/// <summary>What was used up.</summary>
/// <param name="Key">Whose it is: <c>project:NAME</c>, <c>key:ID</c> or <c>address</c>.</param>
/// <param name="Name">What is counted, such as <c>live_jobs</c> or <c>requests_per_second</c>.</param>
/// <param name="Max">How much may be used.</param>
/// <param name="Used">How much is.</param>
public sealed record LimitReachedResource(string Key, string Name, long Max, long Used);

/// <summary>What is wrong with one field of a request.</summary>
/// <param name="Field">Its path, such as <c>params.sql</c>.</param>
/// <param name="Message">What is wrong and what is accepted.</param>
public sealed record FieldErrorResource(string Field, string Message);
