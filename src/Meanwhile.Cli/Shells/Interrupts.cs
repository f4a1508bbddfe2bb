using System.Runtime.InteropServices;

namespace Meanwhile.Cli.Shells;

/// <summary>Turns Ctrl-C (SIGINT) and SIGTERM into something that can be awaited, any number of times.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;
    private TaskCompletionSource _next = NewSource();

    public Interrupts() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Raise),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Raise),
    ];

    /// <summary>Ends with the next interrupt; a later reading of this property waits for the one after.</summary>
    public Task Next => _next.Task;

    /// <summary>Forgets an interrupt that has been answered.</summary>
    public void Rearm() => Interlocked.Exchange(ref _next, NewSource());

    /// <summary>A token that the next interrupt cancels.</summary>
    public CancellationToken LinkedToken(CancellationTokenSource source)
    {
        _ = Next.ContinueWith(_ => source.Cancel(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return source.Token;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void Raise(PosixSignalContext context)
    {
        context.Cancel = true; // the process ends when the command has said what becomes of the job
        _next.TrySetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
