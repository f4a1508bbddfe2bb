using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Events;
using Meanwhile.Jobs;

namespace Meanwhile.Client;

/// <summary>Events as the wire tells them.</summary>
internal static class EventMapping
{
    extension(EventResource item)
    {
        /// <summary>The event, without the job's sequence.</summary>
        public EventView ToView()
        {
            var kind = EventKinds.FromWord(item.Kind) ?? throw new JsonException($"The server's event kind '{item.Kind}' is not known here.");
            var status = JobStatuses.FromWord(item.Status) ?? throw new JsonException($"The server's status '{item.Status}' is not known here.");
            var data = new JobEventData(item.JobNumber, kind, item.At, status, item.Attempt, item.Detail?.ToDetail());
            return new EventView(item.Cursor, item.ShortId, new JobEvent(item.Number, item.Project, JobMapping.IdOf(item.JobId), 0, data));
        }
    }

    extension(EventDetailResource detail)
    {
        private EventDetail ToDetail() => new()
        {
            Node = detail.Node,
            Error = detail.Error?.ToError(),
            RunAt = detail.RunAt,
            RequestedBy = detail.RequestedBy,
            Message = detail.Message,
            Fraction = detail.Fraction,
            LogBytes = detail.LogBytes,
        };
    }
}
