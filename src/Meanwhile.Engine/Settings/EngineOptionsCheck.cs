using System.Globalization;
using System.Text.RegularExpressions;
using Meanwhile.Problems;

namespace Meanwhile.Settings;

/// <summary>Checks the engine's options before anything starts: a pure function from options to what is wrong with them.</summary>
internal static partial class EngineOptionsCheck
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(45); // timers take no more
    private static readonly TimeSpan BeatEveryMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AgeMax = TimeSpan.FromDays(36_500);

    /// <summary>Refuses options that are out of their ranges.</summary>
    /// <exception cref="ProblemException">Each one is named, with the value found and what is accepted.</exception>
    public static void Check(EngineOptions options)
    {
        var errors = Errors(options);
        if (errors.Count == 0) return;
        throw new ProblemException(new Problem
        {
            Code = ProblemCodes.InvalidRequest,
            Detail = "The engine's options can't be used: " + FieldErrors.Detail(errors),
            Errors = errors,
        });
    }

    /// <summary>What is wrong; empty when nothing is.</summary>
    public static IReadOnlyList<FieldError> Errors(EngineOptions options)
    {
        List<FieldError> errors = [];
        if (!NodeName().IsMatch(options.Node)) errors.Add(new FieldError(nameof(options.Node), $"is '{options.Node}'; 1 to 63 characters of a-z, 0-9, '-', '_' and '.' are accepted"));
        if (!ProjectName().IsMatch(options.FirstProject)) errors.Add(new FieldError(nameof(options.FirstProject), $"is '{options.FirstProject}'; 1 to 63 characters of a-z, 0-9, '-' and '_', beginning with a letter or digit, are accepted"));
        if (options.PublicUrl is { } url && !(url.IsAbsoluteUri && url.Scheme is "http" or "https" && url.Query.Length == 0 && url.Fragment.Length == 0)) errors.Add(new FieldError(nameof(options.PublicUrl), $"is '{url}'; an absolute http or https address without a query is accepted"));
        Within(errors, nameof(options.Concurrency), options.Concurrency, 1, 1_000);
        Within(errors, nameof(options.SourceConcurrency), options.SourceConcurrency, 1, 1_000);
        Within(errors, nameof(options.SubmitBatchMax), options.SubmitBatchMax, 1, 1_000);
        Within(errors, nameof(options.ClaimBatchMax), options.ClaimBatchMax, 1, 1_000);
        Within(errors, nameof(options.SubmissionsWaitingMax), options.SubmissionsWaitingMax, 1, 1_000_000);
        Within(errors, nameof(options.StatementBytesMax), options.StatementBytesMax, 1, 64 << 20);
        Within(errors, nameof(options.ParamsLengthMax), options.ParamsLengthMax, 2, 64 << 20);
        Within(errors, nameof(options.SourcesMax), options.SourcesMax, 0, 100_000);
        Within(errors, nameof(options.MinFreeBytes), options.MinFreeBytes, 0, long.MaxValue);
        Within(errors, nameof(options.BeatEvery), options.BeatEvery, Shortest, BeatEveryMax); // others wait 8 s at most
        Within(errors, nameof(options.WatchEvery), options.WatchEvery, Shortest, TimeSpan.FromSeconds(2)); // readings further apart prove nothing
        Within(errors, nameof(options.SilenceUntilDead), options.SilenceUntilDead, TimeSpan.FromTicks(Math.Min(options.BeatEvery.Ticks, BeatEveryMax.Ticks) * 4), Longest);
        Within(errors, nameof(options.CancelAnswerWithin), options.CancelAnswerWithin, TimeSpan.Zero, Longest);
        Within(errors, nameof(options.UnansweredPollEvery), options.UnansweredPollEvery, Shortest, Longest);
        if (options.Roles is Nodes.NodeRoles.None or > Nodes.NodeRoles.All) errors.Add(new FieldError(nameof(options.Roles), $"is {options.Roles}; any of Api, Worker and Poller are accepted"));
        Within(errors, nameof(options.ClaimEvery), options.ClaimEvery, Shortest, Longest);
        Within(errors, nameof(options.CancelPollEvery), options.CancelPollEvery, Shortest, Longest);
        Within(errors, nameof(options.ProgressEvery), options.ProgressEvery, Shortest, Longest);
        Within(errors, nameof(options.DeadlineEvery), options.DeadlineEvery, Shortest, Longest);
        Within(errors, nameof(options.IntakeEvery), options.IntakeEvery, Shortest, Longest);
        Within(errors, nameof(options.CollectEvery), options.CollectEvery, Shortest, Longest);
        Within(errors, nameof(options.ShutdownGrace), options.ShutdownGrace, TimeSpan.Zero, Longest);
        Within(errors, nameof(options.ShutdownStop), options.ShutdownStop, TimeSpan.Zero, Longest);
        Within(errors, nameof(options.CancelConfirmWithin), options.CancelConfirmWithin, TimeSpan.Zero, Longest);
        Within(errors, nameof(options.GiveUpAfter), options.GiveUpAfter, TimeSpan.Zero, Longest);
        Within(errors, nameof(options.WorkerBeatEvery), options.WorkerBeatEvery, Shortest, TimeSpan.FromMinutes(1));
        Within(errors, nameof(options.WorkerDeadAfter), options.WorkerDeadAfter, TimeSpan.FromSeconds(10), TimeSpan.FromHours(1));
        Within(errors, nameof(options.WorkerUnnamedMax), options.WorkerUnnamedMax, Shortest, TimeSpan.FromHours(1));
        Within(errors, nameof(options.HistoryAge), options.HistoryAge, TimeSpan.Zero, AgeMax);
        Within(errors, nameof(options.EventAge), options.EventAge, TimeSpan.Zero, AgeMax);
        return errors;
    }

    private static void Within<T>(List<FieldError> errors, string option, T value, T min, T max)
        where T : IComparable<T>, IFormattable
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
            errors.Add(new FieldError(option, string.Create(CultureInfo.InvariantCulture, $"is {value}; {min} to {max} is accepted")));
    }

    [GeneratedRegex(@"^[a-z0-9_.-]{1,63}\z")]
    private static partial Regex NodeName();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9_-]{0,62}\z")]
    private static partial Regex ProjectName();
}
