using System.Globalization;

namespace Meanwhile.EndToEnd.Tests.Running;

/// <summary>What the system says that a process uses.</summary>
internal static class ProcessUsage
{
    private const int TicksPerSecond = 100; // USER_HZ, which is the same on every Linux
    private const int UserTicksField = 11; // counted from the state, which follows the name
    private const int SystemTicksField = 12;

    /// <summary>The processor time that a process has taken in all its threads.</summary>
    public static TimeSpan Processor(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((Number(fields[UserTicksField]) + Number(fields[SystemTicksField])) / (double)TicksPerSecond);
    }

    /// <summary>How many threads of a process have a name that begins so.</summary>
    public static int Threads(int process, string name) =>
        Directory.EnumerateDirectories($"/proc/{process}/task").Count(thread => NameOf(thread).StartsWith(name, StringComparison.Ordinal));

    /// <summary>The most memory that a process has held at once, in bytes.</summary>
    public static long PeakMemory(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }

    private static string NameOf(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm"));
        }
        catch (IOException)
        {
            return ""; // it has just ended
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
