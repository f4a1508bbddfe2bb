using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Server.Jobs;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Events;

/// <summary>Reading the feed, page by page.</summary>
internal static class EventOperations
{
    private static readonly QueryParameter[] FeedQuery =
    [
        new("kind", "string", "Only these, such as job.succeeded; repeated or joined by commas.", IsList: true),
        new("wait", "number", "Wait so many seconds (up to 60) for a first event."),
        new("limit", "integer", "At most so many: 1 to 1,000, default 100."),
        new("cursor", "string", "Where to go on: an event's cursor, or an earlier page's next_cursor; 'now' = only what is new; default from the oldest kept."),
    ];

    private static readonly Answer[] FeedAnswers = [new(StatusCodes.Status200OK, "Events in order; next_cursor is always there, because a feed never ends.", ContractsJson.Wire.EventList)];

    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/events", "read_events", "Reads the project's events.", exchange => ReadAsync(exchange, null)) { Query = FeedQuery, Answers = FeedAnswers },
        new("GET", "/v1/jobs/{id}/events", "read_job_events", "Reads one job's events.", exchange => ReadAsync(exchange, exchange.Route("id"))) { Query = FeedQuery, Answers = FeedAnswers },
    ];

    private static async Task ReadAsync(Exchange exchange, string? job)
    {
        var query = new EventQuery
        {
            Cursor = Paging.Cursor(exchange.Query),
            Kinds = exchange.Query.Words("kind"),
            Limit = Paging.Limit(exchange.Query),
            Wait = exchange.Query.Wait("wait"),
        };
        var page = query.Wait > TimeSpan.Zero
            ? await exchange.WaitAsync(token => exchange.Jobs.ReadEventsAsync(job, query, token), token => exchange.Jobs.ReadEventsAsync(job, query with { Wait = TimeSpan.Zero }, token))
            : await exchange.Jobs.ReadEventsAsync(job, query, exchange.Aborted);
        await exchange.AnswerLongAsync(new ListResource<EventResource> { Items = [.. page.Items.Select(ToResource)], NextCursor = page.Cursor }, ContractsJson.Wire.EventList);
    }

    private static EventResource ToResource(EventView view) => new()
    {
        Cursor = view.Cursor,
        Kind = view.Event.Data.Kind.Word,
        At = view.Event.Data.At,
        Project = view.Event.Project,
        JobId = view.Event.Job.ToString(),
        ShortId = view.ShortId,
        Number = view.Event.Number,
        JobNumber = view.Event.Data.JobNumber,
        Status = view.Event.Data.Status.Word,
        Attempt = view.Event.Data.Attempt,
        Detail = view.Event.Data.Detail is { } detail ? ToResource(detail) : null,
    };

    private static EventDetailResource ToResource(EventDetail detail) => new()
    {
        Node = detail.Node,
        Error = detail.Error?.ToResource(),
        RunAt = detail.RunAt,
        RequestedBy = detail.RequestedBy,
        Message = detail.Message,
        Fraction = detail.Fraction,
        LogBytes = detail.LogBytes,
    };
}
