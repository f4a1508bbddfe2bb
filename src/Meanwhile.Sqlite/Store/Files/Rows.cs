namespace Meanwhile.Sqlite.Store.Files;

/// <summary>How rows are numbered: a project's jobs, and its events, each lie together and in order.</summary>
internal static class Rows
{
    private const int SequenceBits = 40; // as many as a short id has
    private const int EventBits = 43;
    private const long SequenceMask = (1L << SequenceBits) - 1;
    private const long EventMask = (1L << EventBits) - 1;

    /// <summary>The row of a project's nth job.</summary>
    public static long OfJob(long projectId, long sequence) => (projectId << SequenceBits) | sequence;

    /// <summary>The sequence of the job in a row.</summary>
    public static long Sequence(long jobRow) => jobRow & SequenceMask;

    /// <summary>The project of the job in a row.</summary>
    public static long ProjectOfJob(long jobRow) => jobRow >> SequenceBits;

    /// <summary>The row of an event; number 0 is before a project's first.</summary>
    public static long OfEvent(long projectId, long number) => (projectId << EventBits) | number;

    /// <summary>The number of the event in a row.</summary>
    public static long EventNumber(long eventRow) => eventRow & EventMask;

    /// <summary>After every event of a project.</summary>
    public static long LastEvent(long projectId) => OfEvent(projectId, EventMask);
}
