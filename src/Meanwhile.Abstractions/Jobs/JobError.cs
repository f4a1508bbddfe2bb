using System.Text.Json.Serialization;

namespace Meanwhile.Jobs;

/// <summary>Why work failed, in the few kinds that decide what happens next.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ErrorKind>))]
public enum ErrorKind
{
    /// <summary>A passing fault: tried again.</summary>
    [JsonStringEnumMemberName("transient")] Transient,

    /// <summary>The source asks for patience: tried again, honouring its Retry-After.</summary>
    [JsonStringEnumMemberName("throttled")] Throttled,

    /// <summary>The source does not know us.</summary>
    [JsonStringEnumMemberName("auth")] Auth,

    /// <summary>The statement or its parameters are wrong, in themselves or for the data that they meet, such as a constraint that a write would break.</summary>
    [JsonStringEnumMemberName("syntax")] Syntax,

    /// <summary>Something that the work names is not there.</summary>
    [JsonStringEnumMemberName("not_found")] NotFound,

    /// <summary>The source knows us and says no: also every write on a read-only source.</summary>
    [JsonStringEnumMemberName("permission")] Permission,

    /// <summary>A limit on memory, disk, rows, bytes or cost was reached.</summary>
    [JsonStringEnumMemberName("resource_limit")] ResourceLimit,

    /// <summary>It ran, or waited, longer than allowed.</summary>
    [JsonStringEnumMemberName("timeout")] Timeout,

    /// <summary>It was stopped at somebody's request.</summary>
    [JsonStringEnumMemberName("canceled")] Canceled,

    /// <summary>It may or may not have had its effect, and nobody can tell; a person must look.</summary>
    [JsonStringEnumMemberName("unknown_outcome")] UnknownOutcome,

    /// <summary>Our own fault, or a tool's.</summary>
    [JsonStringEnumMemberName("internal")] Internal,
}

/// <summary>Why an attempt or a job ended as it did.</summary>
/// <remarks>The message is shown to people; it never holds a credential, and a parameter's value only where the source itself put it there.</remarks>
public sealed record JobError
{
    /// <summary>The kind, which decides about another attempt.</summary>
    public required ErrorKind Type { get; init; }

    /// <summary>A stable word of ours for this very failure, such as <c>node_lost</c>, <c>disk_full</c>, <c>start_deadline</c>, <c>read_only</c>; the kind's own word where there is none.</summary>
    public required string Code { get; init; }

    /// <summary>One sentence for a person.</summary>
    public required string Message { get; init; }

    /// <summary>Whether the same work may succeed when tried again.</summary>
    public bool Retryable { get; init; }

    /// <summary>The source's own code, as its documentation calls it, such as <c>SQLITE_CONSTRAINT_UNIQUE</c>; null when the source gave none.</summary>
    public string? SourceCode { get; init; }

    /// <summary>Five characters of SQLSTATE; null where the source has none.</summary>
    public string? SqlState { get; init; }

    /// <summary>Where in the statement, counted in characters from 1; null when the source does not say.</summary>
    public int? Position { get; init; }

    /// <summary>What to do about it; null when we know nothing better than the message.</summary>
    public string? Hint { get; init; }

    /// <summary>How long the source asks to wait before another try; null when it does not say.</summary>
    [JsonIgnore]
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>An error of a kind, retryable when the kind is.</summary>
    /// <param name="code">A stable word of ours; null takes the kind's own.</param>
    public static JobError Of(ErrorKind type, string message, string? code = null, string? hint = null) => new()
    {
        Type = type,
        Code = code ?? type.Word,
        Message = message,
        Hint = hint,
        Retryable = type is ErrorKind.Transient or ErrorKind.Throttled,
    };
}

/// <summary>The words of the error kinds.</summary>
public static class ErrorKinds
{
    extension(ErrorKind kind)
    {
        /// <summary>The word used in JSON.</summary>
        public string Word => kind switch
        {
            ErrorKind.Transient => "transient",
            ErrorKind.Throttled => "throttled",
            ErrorKind.Auth => "auth",
            ErrorKind.Syntax => "syntax",
            ErrorKind.NotFound => "not_found",
            ErrorKind.Permission => "permission",
            ErrorKind.ResourceLimit => "resource_limit",
            ErrorKind.Timeout => "timeout",
            ErrorKind.Canceled => "canceled",
            ErrorKind.UnknownOutcome => "unknown_outcome",
            ErrorKind.Internal => "internal",
        };
    }
}
