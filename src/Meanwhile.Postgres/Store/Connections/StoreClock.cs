using Npgsql;

namespace Meanwhile.Postgres.Store.Connections;

/// <summary>The database's time, as far as a node knows it from what the database answered, or a test's clock in its place. Safe for concurrent use.</summary>
/// <remarks>Between answers it goes on by the node's own monotonic time, so a node whose clock is wrong does no harm.</remarks>
internal sealed class StoreClock(TimeProvider time, TimeProvider? manual)
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(30);
    private Reading? _last;

    private sealed record Reading(DateTimeOffset At, long Timestamp);

    /// <summary>The parameter of statements that ask for the time: null unless a test decides it.</summary>
    public NpgsqlParameter Parameter => Parameters.Time(manual?.GetUtcNow());

    /// <summary>The node's monotonic time, or the test's.</summary>
    public TimeProvider Time => manual ?? time;

    /// <summary>What the database's clock shows now; null when it was not heard of lately.</summary>
    public DateTimeOffset? Now
    {
        get
        {
            if (manual is not null) return CutOff(manual.GetUtcNow());
            if (_last is not { } last) return null;
            var since = time.GetElapsedTime(last.Timestamp);
            return since < KnownFor ? CutOff(last.At + since) : null;
        }
    }

    /// <summary>Takes the time that an answer told.</summary>
    public DateTimeOffset Learn(DateTimeOffset answered)
    {
        _last = new Reading(answered, time.GetTimestamp());
        return answered;
    }

    /// <summary>Whole microseconds: what the store keeps.</summary>
    public static DateTimeOffset CutOff(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <inheritdoc cref="CutOff(DateTimeOffset)"/>
    public static DateTimeOffset? CutOff(DateTimeOffset? at) => at is { } time ? CutOff(time) : null;
}
