using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Meanwhile.EndToEnd.Tests.Running;

/// <summary>A process of ours, with what it wrote.</summary>
/// <remarks>Disposing kills what still runs, with its children.</remarks>
public sealed class Executable : IAsyncDisposable
{
    /// <summary>Nothing that these tests start takes longer to end.</summary>
    public static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _out = [];
    private readonly ConcurrentQueue<string> _error = [];

    private Executable(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(_out, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Called with each line of standard output as it comes.</summary>
    public Action<string>? OnLine { get; set; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Out => Text(_out);

    public string Error => Text(_error);

    /// <summary>The <c>meanwhile</c> that was built with these tests.</summary>
    public static string Meanwhile { get; } = Path.Combine(AppContext.BaseDirectory, "meanwhile");

    /// <param name="environment">Added to the tests' own; null takes a variable away.</param>
    public static Executable Start(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? input = null, string? directory = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = directory ?? AppContext.BaseDirectory,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) start.Environment[name] = value;
        var started = new Executable(start);
        if (input is not null) started._process.StandardInput.Write(input);
        started._process.StandardInput.Close();
        return started;
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync(TimeSpan? within = null)
    {
        using var patience = new CancellationTokenSource(within ?? EndWithin);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} did not end.\nout:\n{Out}\nerror:\n{Error}");
        }
    }

    /// <summary>Sends a signal, as <c>kill</c> does.</summary>
    public void Signal(PosixSignal signal)
    {
        var number = signal switch { PosixSignal.SIGINT => 2, PosixSignal.SIGTERM => 15, _ => throw new ArgumentOutOfRangeException(nameof(signal)) };
        Assert.Equal(0, SendSignal(_process.Id, number));
    }

    /// <summary>Stops it where it is until <see cref="Thaw"/>.</summary>
    public void Freeze() => Assert.Equal(0, SendSignal(_process.Id, SigStop));

    /// <summary>Lets it go on.</summary>
    public void Thaw() => Assert.Equal(0, SendSignal(_process.Id, SigCont));

    private const int SigStop = 19;
    private const int SigCont = 18;

    /// <summary>Kills it at once, as <c>kill -9</c> does, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is null) return;
        lines.Enqueue(line);
        if (ReferenceEquals(lines, _out)) OnLine?.Invoke(line);
    }

    private static string Text(ConcurrentQueue<string> lines) => string.Join('\n', lines);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);
}
