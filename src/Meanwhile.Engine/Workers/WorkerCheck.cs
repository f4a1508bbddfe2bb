using System.Text.RegularExpressions;
using Meanwhile.Access;
using Meanwhile.Execution;
using Meanwhile.Problems;
using Meanwhile.Tools;

namespace Meanwhile.Workers;

/// <summary>Checks what workers send: pure functions to what is wrong with it.</summary>
internal static partial class WorkerCheck
{
    private const int ToolsMax = 100;
    private const int TextLengthMax = 255;
    private const int LinesMax = 1_000;
    private const int CountersMax = 32;
    private const int CounterLengthMax = 63;
    private const int MessageLengthMax = 1_000;

    /// <summary>The most attempts that one worker holds.</summary>
    public const int RunningMax = 10_000;

    /// <summary>The most jobs that one claim gives.</summary>
    public const int ClaimMax = 100;

    /// <summary>What is wrong with a registration.</summary>
    public static IReadOnlyList<FieldError> Errors(WorkerRegistration worker, ToolCatalog tools)
    {
        List<FieldError> errors = [];
        if (!Name().IsMatch(worker.Name)) errors.Add(new FieldError("name", $"is '{RequestCheck.Shown(worker.Name)}'; 1 to 63 characters of a-z, 0-9, '-', '_' and '.', beginning with a letter or digit, are accepted"));
        if (worker.Tools.Count is 0 or > ToolsMax) errors.Add(new FieldError("tools", $"has {worker.Tools.Count} names; 1 to {ToolsMax} are accepted"));
        for (var i = 0; i < Math.Min(worker.Tools.Count, ToolsMax); i++)
        {
            if (Fault(worker.Tools[i], tools) is { } fault) errors.Add(new FieldError($"tools[{i}]", $"is '{RequestCheck.Shown(worker.Tools[i])}'; {fault}"));
        }

        Text(errors, "host", worker.Host);
        Text(errors, "version", worker.Version);
        if (worker.ProcessId is < 0) errors.Add(new FieldError("process_id", $"is {worker.ProcessId}; 0 or more is accepted"));
        return errors;
    }

    /// <summary>What is wrong with a claim.</summary>
    public static IReadOnlyList<FieldError> Errors(int max, TimeSpan wait)
    {
        List<FieldError> errors = [];
        if (max is < 1 or > ClaimMax) errors.Add(new FieldError("max", $"is {max}; 1 to {ClaimMax} is accepted"));
        if (wait < TimeSpan.Zero || wait > JobReading.WaitMax) errors.Add(new FieldError("wait_seconds", $"is {wait.TotalSeconds}; 0 to {JobReading.WaitMax.TotalSeconds} is accepted"));
        return errors;
    }

    /// <summary>What is wrong with a report.</summary>
    public static IReadOnlyList<FieldError> Errors(WorkerProgress progress)
    {
        List<FieldError> errors = [];
        if (progress.Fraction is { } fraction && !(fraction is >= 0 and <= 1)) errors.Add(new FieldError("fraction", FormattableString.Invariant($"is {fraction}; 0 to 1 is accepted")));
        if (progress.Message is { Length: > MessageLengthMax } message) errors.Add(new FieldError("message", $"has {message.Length} characters; at most {MessageLengthMax} are accepted"));
        if (progress.Counters.Count > CountersMax) errors.Add(new FieldError("counters", $"has {progress.Counters.Count} counters; at most {CountersMax} are accepted"));
        errors.AddRange(progress.Counters.Keys.Where(name => name.Length is 0 or > CounterLengthMax).Select(name => new FieldError($"counters.{RequestCheck.Shown(name)}", $"is no name; 1 to {CounterLengthMax} characters are accepted")));
        return errors;
    }

    /// <summary>What is wrong with lines for a log.</summary>
    public static IReadOnlyList<FieldError> Errors(IReadOnlyList<string> lines) =>
        lines.Count is 0 or > LinesMax ? [new FieldError("lines", $"has {lines.Count} lines; 1 to {LinesMax} are accepted")] : [];

    /// <summary>Refuses what is wrong.</summary>
    /// <exception cref="ProblemException">Something is.</exception>
    public static void Refuse(IReadOnlyList<FieldError> errors)
    {
        if (errors.Count > 0) throw SpecMaker.Invalid(errors);
    }

    private static string? Fault(string name, ToolCatalog tools) => tools.Find(name) switch
    {
        null => $"there is no such tool; known are {tools.NamesInWords}. An instance admin declares tools with PUT /v1/tools/NAME, or in the configuration file",
        { Kind: ToolKind.Worker } => null,
        _ => "the server runs its jobs itself; a tool that was declared for workers is accepted",
    };

    private static void Text(List<FieldError> errors, string field, string? text)
    {
        if (text is null || (text.Length <= TextLengthMax && !text.Any(char.IsControl))) return;
        errors.Add(new FieldError(field, $"has more than {TextLengthMax} characters, or a control character"));
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9_.-]{0,62}\z")]
    private static partial Regex Name();
}
