using Meanwhile.Jobs;
using Meanwhile.Problems;

namespace Meanwhile.Cli.Shells;

/// <summary>What a command's process ends with. Stable: scripts rely on them; docs/cli.md lists them.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int JobFailed = 1;
    public const int Usage = 2;
    public const int Canceled = 3;
    public const int Timeout = 4;
    public const int NotFound = 5;
    public const int Denied = 6;
    public const int Unavailable = 7;
    public const int Conflict = 8;
    public const int Internal = 9;
    public const int Interrupted = 130;

    /// <summary>What <c>--help</c> says of them.</summary>
    public const string Help = """
        Exit codes:
          0  done                        5  not found, or gone
          1  the job or a check failed   6  the key is not accepted, or may not do this
          2  wrong usage or request      7  the server can't be reached or is not ready, or a quota is used up
          3  the job was canceled        8  conflicts with how things stand
          4  the job ran out of time     9  a fault of ours        130  interrupted
        """;

    /// <summary>The code of a job as it stands: one that lives is no failure.</summary>
    public static int Of(JobStatus status) => status switch
    {
        JobStatus.Blocked or JobStatus.Pending or JobStatus.Running or JobStatus.Succeeded => Ok,
        JobStatus.Failed => JobFailed,
        JobStatus.Canceled => Canceled,
        JobStatus.Timeout => Timeout,
    };

    /// <summary>The code of a refusal.</summary>
    public static int Of(Problem problem) => ProblemCodes.StatusOf(problem.Code) switch
    {
        400 or 405 or 413 or 415 or 421 => Usage,
        401 or 403 => Denied,
        404 or 410 => NotFound,
        409 => Conflict,
        429 or 503 => Unavailable,
        _ => Internal,
    };
}
