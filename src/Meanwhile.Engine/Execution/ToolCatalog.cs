using System.Text.RegularExpressions;
using Meanwhile.Problems;
using Meanwhile.Tools;

namespace Meanwhile.Execution;

/// <summary>Every tool by name.</summary>
internal sealed partial class ToolCatalog
{
    private readonly Dictionary<string, IToolRunner> _tools = [];

    /// <exception cref="ProblemException">A descriptor is out of its ranges, or two tools have one name.</exception>
    public ToolCatalog(IEnumerable<IToolRunner> tools)
    {
        List<FieldError> errors = [];
        foreach (var tool in tools)
        {
            errors.AddRange(Errors(tool.Descriptor));
            if (!_tools.TryAdd(tool.Descriptor.Name, tool)) errors.Add(new FieldError(tool.Descriptor.Name, "is the name of two tools; each needs its own"));
        }

        if (errors.Count > 0) throw new ProblemException(new Problem { Code = ProblemCodes.InvalidRequest, Detail = "Tools can't be registered: " + FieldErrors.Detail(errors), Errors = errors });
        Names = _tools.Keys.ToHashSet();
        Limited = [.. _tools.Values.Select(tool => tool.Descriptor).Where(tool => tool.Concurrency is not null)];
    }

    /// <summary>The names.</summary>
    public IReadOnlySet<string> Names { get; }

    /// <summary>The tools that limit how many of their jobs run on one node.</summary>
    public IReadOnlyList<ToolDescriptor> Limited { get; }

    /// <summary>The tool of a name; null when there is none.</summary>
    public IToolRunner? Find(string name) => _tools.GetValueOrDefault(name);

    private static IEnumerable<FieldError> Errors(ToolDescriptor tool)
    {
        if (!Name().IsMatch(tool.Name)) yield return new FieldError("name", $"is '{tool.Name}'; 1 to 63 characters of a-z, 0-9, '-', '_' and '.' are accepted");
        if (tool.Class != ToolClass.Job) yield return new FieldError($"{tool.Name}.class", $"is {tool.Class}, which is reserved for a later version; Job is accepted");
        if (tool.Priority is < 0 or > 10) yield return new FieldError($"{tool.Name}.priority", $"is {tool.Priority}; 0 to 10 is accepted");
        if (tool.Concurrency is < 1) yield return new FieldError($"{tool.Name}.concurrency", $"is {tool.Concurrency}; 1 or more is accepted");
        if (tool.MaxAttempts is < 1 or > 100) yield return new FieldError($"{tool.Name}.max_attempts", $"is {tool.MaxAttempts}; 1 to 100 is accepted");
        if (tool.Timeout is { } timeout && (timeout <= TimeSpan.Zero || timeout > TimeoutMax)) yield return new FieldError($"{tool.Name}.timeout", $"is {timeout}; more than 0 and at most {TimeoutMax} is accepted");
    }

    private static readonly TimeSpan TimeoutMax = TimeSpan.FromDays(7);

    [GeneratedRegex(@"^[a-z0-9_.-]{1,63}\z")]
    private static partial Regex Name();
}
