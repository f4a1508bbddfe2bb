using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Problems;

namespace Meanwhile.Cli.Jobs;

/// <summary>What every submission can say besides its work.</summary>
internal static class SubmissionOptions
{
    private static readonly Option<string?> Source = new("--source", "-s") { Description = "The source's name", HelpName = "NAME" };
    private static readonly Option<int?> Priority = new("--priority") { Description = "0 (lowest, the default) to 10", HelpName = "N" };
    private static readonly Option<int?> TtlHours = new("--ttl-hours") { Description = "How long the result lives: 1 to 168. Default 24", HelpName = "N" };
    private static readonly Option<string?> RunAt = new("--run-at") { Description = "Not before this time (RFC 3339)", HelpName = "TIME" };
    private static readonly Option<double?> Delay = new("--delay") { Description = "Not before so many seconds from now", HelpName = "S" };
    private static readonly Option<double?> Timeout = new("--timeout") { Description = "How long one attempt may run, in seconds", HelpName = "S" };
    private static readonly Option<double?> StartDeadline = new("--start-deadline") { Description = "How long it may wait for its first attempt, in seconds", HelpName = "S" };
    private static readonly Option<int?> MaxAttempts = new("--max-attempts") { Description = "How many attempts there may be. Default 3", HelpName = "N" };
    private static readonly Option<double?> MaxCost = new("--max-cost") { Description = "Refuse a statement of which the planner expects more, where the source can tell", HelpName = "COST" };
    private static readonly Option<string[]> Labels = new("--label") { Description = "A label; may be repeated", HelpName = "NAME=VALUE" };
    private static readonly Option<string?> LimitKey = new("--limit-key") { Description = "A key of yours under which running jobs are limited", HelpName = "KEY" };
    private static readonly Option<bool?> Idempotent = new("--idempotent") { Description = "The work may be repeated when its outcome is unknown" };
    private static readonly Option<string?> IdempotencyKey = new("--idempotency-key") { Description = "Your name for this submission: same key, same job", HelpName = "KEY" };

    /// <summary>All of them.</summary>
    public static Symbol[] All => [Source, Priority, TtlHours, RunAt, Delay, Timeout, StartDeadline, MaxAttempts, MaxCost, Labels, LimitKey, Idempotent, IdempotencyKey];

    /// <summary>The request that the options make.</summary>
    public static JobRequest Read(Call call, string tool, JsonElement parameters) => new()
    {
        Tool = tool,
        Params = parameters,
        Source = call.Get(Source),
        Priority = call.Get(Priority),
        TtlHours = call.Get(TtlHours),
        RunAt = call.Get(RunAt) is { } time ? Instant("--run-at", time) : null,
        DelaySeconds = call.Get(Delay),
        TimeoutSeconds = call.Get(Timeout),
        StartDeadlineSeconds = call.Get(StartDeadline),
        MaxAttempts = call.Get(MaxAttempts),
        MaxCost = call.Get(MaxCost),
        Labels = LabelOptions.Read(call.Get(Labels)),
        LimitKey = call.Get(LimitKey),
        Idempotent = call.Get(Idempotent),
        IdempotencyKey = call.Get(IdempotencyKey),
    };

    /// <summary>An instant as it was typed; without an offset it is UTC.</summary>
    public static DateTimeOffset Instant(string option, string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : throw new UsageException($"{option} '{text}' is no time.", "Give one such as 2026-01-31T18:00:00Z.");
}
