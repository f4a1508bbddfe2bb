using Npgsql;

namespace Meanwhile.Postgres.Store.Connections;

/// <summary>The database's time, as far as a node knows it from what the database answered, or a test's clock in its place. Safe for concurrent use.</summary>
/// <remarks>Between answers it goes on by the node's own monotonic time, so a node whose clock is wrong does no harm.</remarks>
internal sealed class StoreClock(TimeProvider time, TimeProvider? manual)
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(30);

    /// <summary>An answer that took its time tells less than what is known; one that differs by more tells of a clock that was set.</summary>
    private static readonly TimeSpan LateAtMost = TimeSpan.FromSeconds(1);
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

    /// <summary>What the database's clock shows as far as it was ever heard of; null when it was not yet.</summary>
    public DateTimeOffset? Told => manual?.GetUtcNow() ?? (_last is { } last ? last.At + time.GetElapsedTime(last.Timestamp) : null);

    /// <summary>Takes the time that an answer told.</summary>
    public DateTimeOffset Learn(DateTimeOffset answered)
    {
        var now = time.GetTimestamp();
        if (_last is { } last && last.At + time.GetElapsedTime(last.Timestamp, now) is var known && answered < known && known - answered < LateAtMost) _last = new Reading(known, now);
        else _last = new Reading(answered, now);
        return answered;
    }

    /// <summary>Whole microseconds: what the store keeps.</summary>
    public static DateTimeOffset CutOff(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <inheritdoc cref="CutOff(DateTimeOffset)"/>
    public static DateTimeOffset? CutOff(DateTimeOffset? at) => at is { } time ? CutOff(time) : null;
}
