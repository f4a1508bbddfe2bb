using System.Diagnostics;
using System.Text;

namespace Meanwhile.EndToEnd.Tests.Running;

/// <summary>A command at a terminal of its own: <c>script</c> gives it one, and the test is the person who looks and types.</summary>
/// <remarks>Disposing kills what still runs.</remarks>
internal sealed class Terminal : IAsyncDisposable
{
    public const string CtrlC = "\x03";

    private const int ReadMax = 4_096;
    private static readonly TimeSpan ShownWithin = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _screen = new();
    private readonly Task _reading;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Terminal(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _reading = ReadAsync();
    }

    /// <summary>All that was written so far, control sequences included.</summary>
    public string Screen
    {
        get
        {
            lock (_screen) return _screen.ToString();
        }
    }

    /// <summary>Starts <c>meanwhile</c>.</summary>
    /// <param name="columns">How wide the terminal is.</param>
    public static Terminal Start(SampleServer sample, int columns, params string[] arguments)
    {
        var command = string.Join(' ', arguments.Prepend(Executable.Meanwhile).Select(argument => $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
        var start = new ProcessStartInfo("script", ["-qefc", $"stty cols {columns} rows 24 && exec {command}", "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in sample.Environment) start.Environment[name] = value;
        start.Environment["TERM"] = "xterm";
        return new Terminal(start);
    }

    /// <summary>Types.</summary>
    public async Task TypeAsync(string keys)
    {
        await _process.StandardInput.WriteAsync(keys);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits until something is shown.</summary>
    /// <param name="from">Where on <see cref="Screen"/> to look from.</param>
    /// <returns>The place after it.</returns>
    public async Task<int> UntilShownAsync(string text, int from = 0)
    {
        using var patience = new CancellationTokenSource(ShownWithin);
        while (true)
        {
            Task more;
            lock (_screen)
            {
                if (_screen.ToString().IndexOf(text, from, StringComparison.Ordinal) is >= 0 and var at) return at + text.Length;
                more = _more.Task;
            }

            try
            {
                if (_reading.IsCompleted) throw new InvalidOperationException($"'{text}' is not shown, and nothing more comes.\n{Screen}");
                await more.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"'{text}' is not shown.\n{Screen}");
            }
        }
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The command's exit code.</returns>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Executable.EndWithin);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new char[ReadMax];
        int read;
        do
        {
            read = await _process.StandardOutput.ReadAsync(buffer);
            TaskCompletionSource seen;
            lock (_screen)
            {
                _screen.Append(buffer, 0, read);
                (seen, _more) = (_more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            seen.SetResult();
        }
        while (read > 0);
    }
}
