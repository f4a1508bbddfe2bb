using System.Text.Json;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Npgsql;

namespace Meanwhile.Postgres.Store.Events;

/// <summary>A batch of events, as it is stored.</summary>
internal sealed record EventBatch(long BatchId, long Number, Guid[] Jobs, long[] Sequences, DateTime[] Ats, EventColumns? Columns)
{
    /// <summary>The event at a place.</summary>
    public JobEvent At(int place, string project)
    {
        var at = new DateTimeOffset(Ats[place], TimeSpan.Zero);
        var data = Columns?.At(place, at) ?? new JobEventData(1, EventKind.Submitted, at, JobStatus.Pending, 0, null);
        return new JobEvent(EventNumbers.Of(Number, place), project, new JobId(Jobs[place]), Sequences[place], data);
    }
}

/// <summary>What events of a batch say besides that a job was accepted.</summary>
internal sealed record EventColumns(long[] JobNumbers, short[] Kinds, short[] Statuses, int[] Attempts, string?[] Details)
{
    /// <summary>What the event at a place says.</summary>
    public JobEventData At(int place, DateTimeOffset at)
    {
        var detail = Details[place] is { } json ? JsonSerializer.Deserialize(json, EventJson.Default.EventDetail) : null;
        return new JobEventData(JobNumbers[place], (EventKind)Kinds[place], at, (JobStatus)Statuses[place], Attempts[place], detail);
    }
}

/// <summary>An event's number: its batch's, and its place there.</summary>
internal static class EventNumbers
{
    private const int PlaceBits = 7;

    /// <summary>How many events a batch has at most: it is read whole, so it stays small.</summary>
    public const int BatchMax = 1 << PlaceBits;

    /// <summary>The number of an event.</summary>
    public static long Of(long batch, int place) => (batch << PlaceBits) | (uint)place;

    /// <summary>The batch of an event's number.</summary>
    public static long Batch(long number) => number >> PlaceBits;

    /// <summary>The highest number that an event of a batch can have; 0 before the first batch.</summary>
    public static long EndOf(long batch) => batch == 0 ? 0 : Of(batch, BatchMax - 1);
}

/// <summary>Makes batches of the rows that <see cref="Sql.EventSql"/> gives.</summary>
internal static class EventRows
{
    /// <summary>The batch in the current row.</summary>
    public static EventBatch Read(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetInt64(1),
        row.GetFieldValue<Guid[]>(2),
        row.GetFieldValue<long[]>(3),
        row.GetFieldValue<DateTime[]>(4),
        row.IsDBNull(5) ? null : new EventColumns(row.GetFieldValue<long[]>(5), row.GetFieldValue<short[]>(6), row.GetFieldValue<short[]>(7), row.GetFieldValue<int[]>(8), row.GetFieldValue<string?[]>(9)));
}
