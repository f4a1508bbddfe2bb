using Meanwhile.Jobs;
using Meanwhile.Tools;

namespace Meanwhile.Callbacks;

/// <summary>What an endpoint's answer means for the job: a pure function.</summary>
internal static class CallErrors
{
    private const int Accepted = 202;

    /// <summary>Whether the endpoint took the call and answers later.</summary>
    public static bool IsLater(EndpointAnswer answer) => answer is EndpointAnswer.Answered { Status: Accepted };

    /// <summary>Whether it is known that the endpoint does not do the work.</summary>
    public static bool IsRefusal(EndpointAnswer answer) => answer is EndpointAnswer.Unreachable or EndpointAnswer.Answered { Status: >= 300 and < 500 and not 408 } or EndpointAnswer.Answered { Status: 503 };

    /// <summary>Why there is no outcome.</summary>
    /// <param name="mayRepeat">Whether the call may be sent again when nobody knows whether it was heeded.</param>
    public static JobError Of(EndpointAnswer answer, bool mayRepeat) => answer switch
    {
        EndpointAnswer.Unreachable unreachable => JobError.Of(ErrorKind.Transient, $"The endpoint could not be reached: {unreachable.Why}", "endpoint_unreachable"),
        EndpointAnswer.Lost lost => InDoubt($"The endpoint did not answer: {lost.Why}", "endpoint_silent", mayRepeat),
        EndpointAnswer.Answered { Fault: { } fault, Status: < 300 } => JobError.Of(ErrorKind.Internal, $"The endpoint's answer is no outcome: {fault}", "endpoint_answer", "It must be 202 to answer later, or 200 with an outcome, as for finish in docs/workers.md."),
        EndpointAnswer.Answered answered => OfStatus(answered, mayRepeat),
        _ => throw new ArgumentOutOfRangeException(nameof(answer), answer, "Not an answer of an endpoint."),
    };

    private static JobError OfStatus(EndpointAnswer.Answered answered, bool mayRepeat)
    {
        var message = $"The endpoint answered {answered.Status}.";
        return answered.Status switch
        {
            429 or 503 => JobError.Of(ErrorKind.Throttled, message, "endpoint_busy") with { RetryAfter = answered.RetryAfter },
            401 => JobError.Of(ErrorKind.Auth, message, "endpoint_refused"),
            403 => JobError.Of(ErrorKind.Permission, message, "endpoint_refused"),
            404 or 410 => JobError.Of(ErrorKind.NotFound, message, "endpoint_refused"),
            408 or >= 500 => InDoubt(message, "endpoint_failed", mayRepeat),
            < 300 => JobError.Of(ErrorKind.Internal, message, "endpoint_answer", "It must be 202 to answer later, or 200 with an outcome, as for finish in docs/workers.md."),
            < 400 => JobError.Of(ErrorKind.Internal, message, "endpoint_answer", "Redirects are not followed; configure the address that answers."),
            _ => JobError.Of(ErrorKind.Syntax, message, "endpoint_refused"),
        };
    }

    private static JobError InDoubt(string message, string code, bool mayRepeat) => mayRepeat
        ? JobError.Of(ErrorKind.Transient, message, code)
        : JobError.Of(ErrorKind.UnknownOutcome, $"{message} The work may or may not have begun.", hint: "Look at the endpoint whether it has, then retry by hand. A tool whose calls may be repeated can say idempotent: true.");
}
