namespace Meanwhile.Problems;

/// <summary>What is wrong with one field of a request.</summary>
/// <param name="Field">Its path in the request, such as <c>ttl_hours</c> or <c>params.sql</c>.</param>
/// <param name="Message">What is wrong, the value found, and what is accepted.</param>
public sealed record FieldError(string Field, string Message);

/// <summary>What was used up.</summary>
/// <param name="Key">Whose it is: <c>project:NAME</c>, <c>key:ID</c>, or <c>address</c>.</param>
/// <param name="Name">What is counted, such as <c>live_jobs</c> or <c>requests_per_second</c>.</param>
/// <param name="Max">How much may be used.</param>
/// <param name="Used">How much is.</param>
public sealed record LimitReached(string Key, string Name, long Max, long Used);

/// <summary>Why a request was refused. The codes are stable: see <see cref="ProblemCodes"/>.</summary>
public sealed record Problem
{
    /// <summary>The stable code.</summary>
    public required string Code { get; init; }

    /// <summary>One sentence for a person: what is wrong and what to do.</summary>
    public required string Detail { get; init; }

    /// <summary>What is wrong, field by field; empty when it is not about fields.</summary>
    public IReadOnlyList<FieldError> Errors { get; init; } = [];

    /// <summary>The job that it is about; null = none.</summary>
    public string? JobId { get; init; }

    /// <summary>That job's status; null = not about one.</summary>
    public string? Status { get; init; }

    /// <summary><c>unknown</c> when nobody can tell whether a submission was stored: look <see cref="JobId"/> up later; null otherwise.</summary>
    public string? Outcome { get; init; }

    /// <summary>From where an event feed can still be read; null unless a cursor is gone.</summary>
    public string? OldestCursor { get; init; }

    /// <summary>The limit that was reached; null when none was.</summary>
    public LimitReached? Limit { get; init; }

    /// <summary>When to ask again; null = do not.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Thrown by the door, and by the client, when a request is refused: nothing changed, unless the problem says that the outcome is unknown.</summary>
public sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    /// <summary>Why.</summary>
    public Problem Problem { get; } = problem;

    /// <summary>A refusal by code and sentence.</summary>
    public ProblemException(string code, string detail)
        : this(new Problem { Code = code, Detail = detail })
    {
    }
}

/// <summary>The stable codes of refusals, each with the HTTP status that it has on the wire.</summary>
public static class ProblemCodes
{
    /// <summary>400: a field is wrong; <see cref="Problem.Errors"/> says which.</summary>
    public const string InvalidRequest = "invalid_request";

    /// <summary>400: the body is not JSON, too deep, or not of the right shape.</summary>
    public const string InvalidJson = "invalid_json";

    /// <summary>400: the cursor is none, or from another list or filter.</summary>
    public const string InvalidCursor = "invalid_cursor";

    /// <summary>400: it is reserved for later, or the source can't do it.</summary>
    public const string NotSupported = "not_supported";

    /// <summary>401: no key, or one that is not accepted.</summary>
    public const string Unauthenticated = "unauthenticated";

    /// <summary>403: the key may not do this.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>404: there is no such thing in this project.</summary>
    public const string NotFound = "not_found";

    /// <summary>405: the address takes another method.</summary>
    public const string MethodNotAllowed = "method_not_allowed";

    /// <summary>409: the same idempotency key was used with other content; <see cref="Problem.JobId"/> names the job.</summary>
    public const string IdempotencyConflict = "idempotency_conflict";

    /// <summary>409: the job is not done yet, so it has no result; <see cref="Problem.Status"/> says where it is.</summary>
    public const string NotDone = "not_done";

    /// <summary>409: the job has ended without a result; <see cref="Problem.Status"/> says how.</summary>
    public const string NoResult = "no_result";

    /// <summary>409: something of this name exists already.</summary>
    public const string AlreadyExists = "already_exists";

    /// <summary>409: it was changed meanwhile, or is defined where the API can't change it.</summary>
    public const string Conflict = "conflict";

    /// <summary>409: the attempt has another owner by now, or none: stop its work and forget it; <see cref="Problem.Status"/> says where the job is.</summary>
    public const string Fenced = "fenced";

    /// <summary>409: the attempt has ended already, by another finish; <see cref="Problem.Status"/> says where the job is.</summary>
    public const string AlreadyEnded = "already_ended";

    /// <summary>409: the worker's epoch has ended: stop all its work and register anew.</summary>
    public const string WorkerEnded = "worker_ended";

    /// <summary>410: statement, parameters and result are past their time to live, or the cursor is older than the feed.</summary>
    public const string Gone = "gone";

    /// <summary>413: the body is over the limit.</summary>
    public const string TooLarge = "too_large";

    /// <summary>415: the body's media type is not JSON.</summary>
    public const string UnsupportedMediaType = "unsupported_media_type";

    /// <summary>421: the Host header is not one of ours.</summary>
    public const string WrongHost = "wrong_host";

    /// <summary>429: there are as many of these as there may be, or too much is under way.</summary>
    public const string TooMany = "too_many";

    /// <summary>429: requests come faster than they may; Retry-After says when the next is taken, <see cref="Problem.Limit"/> what is limited.</summary>
    public const string RateLimited = "rate_limited";

    /// <summary>429: the project, or the key, has used what it may; <see cref="Problem.Limit"/> says of what and how much. Nothing was stored.</summary>
    public const string QuotaExceeded = "quota_exceeded";

    /// <summary>500: our fault.</summary>
    public const string Internal = "internal";

    /// <summary>503: the store does not answer, or the server is stopping; Retry-After says when to try again.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>The HTTP status of a code.</summary>
    public static int StatusOf(string code) => code switch
    {
        InvalidRequest or InvalidJson or InvalidCursor or NotSupported => 400,
        Unauthenticated => 401,
        Forbidden => 403,
        NotFound => 404,
        MethodNotAllowed => 405,
        IdempotencyConflict or NotDone or NoResult or AlreadyExists or Conflict or Fenced or AlreadyEnded or WorkerEnded => 409,
        Gone => 410,
        TooLarge => 413,
        UnsupportedMediaType => 415,
        WrongHost => 421,
        TooMany or RateLimited or QuotaExceeded => 429,
        Unavailable => 503,
        _ => 500,
    };
}
