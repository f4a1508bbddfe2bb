namespace Meanwhile.Postgres.Source;

/// <summary>Runs work at most so much at a time, in the order in which it came. Safe for concurrent use.</summary>
internal sealed class Turns(int runningMax, int waitingMax)
{
    private readonly Lock _gate = new();
    private readonly Queue<Func<Task>> _waiting = new();
    private int _running;

    /// <summary>Takes work to run as soon as it is its turn.</summary>
    /// <param name="work">Must not throw.</param>
    /// <returns>False when too much is waiting already.</returns>
    public bool TryTake(Func<Task> work)
    {
        lock (_gate)
        {
            if (_running >= runningMax)
            {
                if (_waiting.Count >= waitingMax) return false;

                _waiting.Enqueue(work);
                return true;
            }

            _running++;
        }

        _ = RunAsync(work);
        return true;
    }

    private async Task RunAsync(Func<Task> first)
    {
        for (var work = first; work is not null; work = Next())
        {
            await Task.Yield(); // whoever takes a turn gets its answer at once
            await work();
        }
    }

    private Func<Task>? Next()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var work)) return work;

            _running--;
            return null;
        }
    }
}
