namespace Meanwhile.Cli.Shells;

/// <summary>What the process was started in: its streams, whether a person sits at them, and its environment.</summary>
internal sealed class Shell
{
    /// <summary>Where results go.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Where all else goes: progress, hints, errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Where <c>-</c> and answers come from.</summary>
    public required TextReader In { get; init; }

    /// <summary>The width of the terminal that <see cref="Out"/> is; null when it is none, and nothing is shortened.</summary>
    public int? Width { get; init; }

    /// <summary>Whether a person can be asked: both input and error are a terminal.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Whether <see cref="Error"/> is a terminal, where a line can be written over.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>The environment variable of a name; null when it is not set or empty.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The bytes of <see cref="Out"/>, for results that are not ours to decode.</summary>
    public required Func<Stream> OpenOut { get; init; }

    /// <summary>This process's own.</summary>
    public static Shell OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        In = Console.In,
        Width = Console.IsOutputRedirected ? null : Math.Max(WidthMin, TerminalWidth()),
        IsInteractive = !Console.IsInputRedirected && !Console.IsErrorRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Variable = name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
        OpenOut = Console.OpenStandardOutput,
    };

    private const int WidthMin = 40;
    private const int WidthUnknown = 80;

    private static int TerminalWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : WidthUnknown;
        }
        catch (IOException)
        {
            return WidthUnknown; // a terminal that does not say how wide it is
        }
    }
}
