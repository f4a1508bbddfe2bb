using Meanwhile.Cli.Shells;

namespace Meanwhile.Cli.Problems;

/// <summary>The command can't be done as it was given, or not here.</summary>
internal sealed class UsageException(string message, string? hint = null, int exitCode = ExitCode.Usage) : Exception(message)
{
    /// <summary>What to do about it.</summary>
    public string? Hint { get; } = hint;

    /// <summary>What the process ends with.</summary>
    public int ExitCode { get; } = exitCode;
}
