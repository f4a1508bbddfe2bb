using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Events;
using Meanwhile.Problems;

namespace Meanwhile.EndToEnd.Tests.Crash;

/// <summary>Reads a project's events and goes on from its cursor, also after the server was gone.</summary>
internal sealed class FeedReader(ServerProcess server)
{
    private const int PageSize = 1_000;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    private readonly List<EventView> _seen = [];
    private string? _cursor;
    private int _endings;

    /// <summary>All events so far. To be looked at while nothing reads.</summary>
    public IReadOnlyList<EventView> Seen => _seen;

    /// <summary>How many endings were seen so far.</summary>
    public int Endings => Volatile.Read(ref _endings);

    /// <summary>Reads until the server does not answer any more.</summary>
    public async Task ReadUntilGoneAsync()
    {
        using var client = server.ImpatientClient();
        try
        {
            while (true) await ReadPageAsync(client, Wait);
        }
        catch (ProblemException gone) when (gone.Problem.Code == ProblemCodes.Unavailable)
        {
            // to be gone on with after the restart
        }
    }

    /// <summary>Reads what there is.</summary>
    public async Task ReadToEndAsync()
    {
        using var client = server.Client();
        while (await ReadPageAsync(client, TimeSpan.Zero) > 0)
        {
        }
    }

    private async Task<int> ReadPageAsync(MeanwhileClient jobs, TimeSpan wait)
    {
        var page = await jobs.ReadEventsAsync(null, new EventQuery { Cursor = _cursor, Limit = PageSize, Wait = wait }, CancellationToken.None);
        _seen.AddRange(page.Items);
        Interlocked.Add(ref _endings, page.Items.Count(item => item.Event.Data.Kind.IsEnding));
        _cursor = page.Cursor;
        return page.Items.Count;
    }
}
