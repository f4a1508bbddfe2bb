using System.Runtime.InteropServices;

namespace Meanwhile.Sqlite.Source;

/// <summary>Runs blocking work on threads of its own, at most so many at a time: the thread pool is for what does not block.</summary>
/// <remarks>A thread is made when work finds none free, and ends when it finds no work. Safe for concurrent use.</remarks>
internal sealed partial class StatementThreads(string name, int threadsMax, int waitingMax)
{
    /// <summary>Views upon views, long chains of WITH, JSON and patterns recurse. Only what is touched takes memory.</summary>
    private const int StackBytes = 64 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<Action> _waiting = new();
    private int _threads;

    /// <summary>Threads that there are now.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _threads;
        }
    }

    /// <summary>Takes work to run as soon as a thread is free.</summary>
    /// <param name="work">Must not throw.</param>
    /// <returns>False when too much is waiting already.</returns>
    public bool TryRun(Action work)
    {
        lock (_gate)
        {
            if (_waiting.Count >= waitingMax) return false;

            _waiting.Enqueue(work);
            if (_threads >= threadsMax) return true;

            _threads++;
        }

        new Thread(RunWaiting, StackBytes) { IsBackground = true, Name = name }.Start();
        return true;
    }

    private void RunWaiting()
    {
        Yield();
        while (true)
        {
            Action? work;
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out work))
                {
                    _threads--;
                    return;
                }
            }

            work();
        }
    }

    /// <summary>Lets whoever waits for an answer go first: statements take what the server leaves of the processor.</summary>
    /// <remarks>Linux alone knows a niceness of one thread; elsewhere nothing happens, and a system that refuses it loses nothing but speed.</remarks>
    private static void Yield()
    {
        if (OperatingSystem.IsLinux()) _ = SetPriority(ThisProcessOrThread, 0, Niceness);
    }

    private const int ThisProcessOrThread = 0;
    private const int Niceness = 10;

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint id, int niceness);
}
