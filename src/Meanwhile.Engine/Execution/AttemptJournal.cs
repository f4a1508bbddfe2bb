using Meanwhile.Jobs;
using Meanwhile.Blobs;
using Meanwhile.Stores;

namespace Meanwhile.Execution;

/// <summary>What an attempt has said of its progress, until it is stored. Safe for concurrent use; saying something is cheap and never waits.</summary>
internal sealed class AttemptJournal(AttemptFence fence, AttemptLog log)
{
    private const double EventStep = 0.05;
    private static readonly TimeSpan EventEvery = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _counters = [];
    private double? _fraction;
    private string? _message;
    private JobPhase? _phase;
    private long _number;
    private long _storedNumber;
    private long _storedLogBytes;
    private double _eventFraction;
    private TimeSpan? _eventAt;

    /// <summary>The attempt's log.</summary>
    public AttemptLog Log => log;

    /// <summary>Says how far the work is; a lower fraction than before is ignored.</summary>
    public void Progress(double? fraction, string? message)
    {
        lock (_gate)
        {
            if (fraction is { } value && !double.IsNaN(value)) _fraction = Math.Max(_fraction ?? 0, Math.Clamp(value, 0, 1));
            _message = message is { Length: > MessageLengthMax } ? message[..MessageLengthMax] : message ?? _message;
            _number++;
        }
    }

    /// <summary>Sets a counter.</summary>
    public void Count(string counter, long value)
    {
        lock (_gate)
        {
            if (counter.Length > CounterLengthMax || (_counters.Count >= CountersMax && !_counters.ContainsKey(counter))) return; // bounded: a counter is a name, not data
            _counters[counter] = value;
            _number++;
        }
    }

    /// <summary>Says what the attempt is doing.</summary>
    public void Enter(JobPhase phase)
    {
        lock (_gate)
        {
            _phase = phase;
            _number++;
        }
    }

    /// <summary>What is to be stored; null when nothing was said since what was <see cref="Stored"/> last.</summary>
    /// <param name="elapsed">Our own monotonic time.</param>
    public ProgressReport? Take(TimeSpan elapsed)
    {
        lock (_gate)
        {
            var logBytes = log.Length;
            if (_number == _storedNumber && logBytes == _storedLogBytes) return null;
            if (_number == _storedNumber) _number++;
            var progress = new JobProgress
            {
                Fraction = _fraction,
                Message = _message,
                Phase = _phase,
                Counters = new Dictionary<string, long>(_counters),
                LogBytes = logBytes,
                Number = _number,
            };
            return new ProgressReport(fence, progress, IsEvent(elapsed));
        }
    }

    /// <summary>A report has been stored; until it is, the next <see cref="Take"/> tells it again.</summary>
    public void Stored(ProgressReport report, TimeSpan elapsed)
    {
        lock (_gate)
        {
            _storedNumber = report.Progress.Number;
            _storedLogBytes = report.Progress.LogBytes;
            if (!report.AsEvent) return;
            _eventFraction = report.Progress.Fraction ?? 0;
            _eventAt = elapsed;
        }
    }

    private const int CountersMax = 32;
    private const int CounterLengthMax = 63;
    private const int MessageLengthMax = 1_000;

    /// <summary>A durable event only every 5 points or 5 seconds.</summary>
    private bool IsEvent(TimeSpan elapsed)
    {
        _eventAt ??= elapsed;
        return (_fraction ?? 0) - _eventFraction >= EventStep || elapsed - _eventAt >= EventEvery;
    }
}
