using Meanwhile.Stores;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Diagnostics;

/// <summary>Says in the log why callers are refused, who are told only that the store does not answer: each reason once, and again after a while. Safe for concurrent use.</summary>
internal sealed partial class OutageLog(TimeProvider time, ILogger<OutageLog> logger)
{
    private static readonly TimeSpan SayAgainAfter = TimeSpan.FromSeconds(30);
    private readonly Lock _gate = new();
    private string? _said;
    private long _saidAt;

    /// <summary>A caller is refused.</summary>
    public void Refused(StoreUnavailableException why)
    {
        lock (_gate)
        {
            if (_said == why.Message && time.GetElapsedTime(_saidAt) < SayAgainAfter) return;
            (_said, _saidAt) = (why.Message, time.GetTimestamp());
        }

        LogRefused(logger, why.Message);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Submissions are refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);
}
