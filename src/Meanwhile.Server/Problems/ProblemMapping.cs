using Meanwhile.Contracts;
using Meanwhile.Problems;

namespace Meanwhile.Server;

/// <summary>Problems on the wire.</summary>
internal static class ProblemMapping
{
    extension(Problem problem)
    {
        /// <summary>The problem as it is answered.</summary>
        public ProblemResource ToResource() => new()
        {
            Type = ProblemResource.TypePrefix + problem.Code,
            Title = Title(problem.Code),
            Status = ProblemCodes.StatusOf(problem.Code),
            Detail = problem.Detail,
            Code = problem.Code,
            Errors = problem.Errors.Count == 0 ? null : [.. problem.Errors.Select(error => new FieldErrorResource(error.Field, error.Message))],
            JobId = problem.JobId,
            JobStatus = problem.Status,
            Outcome = problem.Outcome,
            OldestCursor = problem.OldestCursor,
            Limit = problem.Limit is { } limit ? new LimitReachedResource(limit.Key, limit.Name, limit.Max, limit.Used) : null,
            PollAfterMs = (int?)problem.RetryAfter?.TotalMilliseconds,
        };
    }

    private static string Title(string code) => char.ToUpperInvariant(code[0]) + code[1..].Replace('_', ' ');
}
