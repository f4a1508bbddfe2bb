using System.CommandLine;
using Meanwhile.Access;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;
using Meanwhile.Jobs;
using Meanwhile.Problems;

namespace Meanwhile.Cli.Jobs;

/// <summary>submit, status, watch, cancel, retry.</summary>
internal static class JobCommands
{
    private static readonly Argument<string> Id = new("job") { Description = "The job's id or short id" };
    private static readonly Argument<string[]> Ids = new("jobs") { Description = "Ids or short ids", Arity = ArgumentArity.OneOrMore };
    private static readonly Argument<string> Tool = new("tool") { Description = "The tool, such as query" };
    private static readonly Option<string?> Params = new("--params") { Description = "The tool's parameters, a JSON object; '-' reads it from standard input", HelpName = "JSON" };

    public static IEnumerable<Command> All(Shell shell) =>
    [
        new Command("submit", "Submit a job of any tool, and print its id").With(Tool, Params).With(SubmissionOptions.All)
            .Calls(shell, SubmitAsync),
        new Command("status", "Show a job").With(Id)
            .Calls(shell, StatusAsync),
        new Command("watch", "Follow a job to its ending; Ctrl-C leaves it running").With(Id)
            .Calls(shell, WatchAsync),
        new Command("cancel", "Ask for jobs to be stopped").With(Ids)
            .Calls(shell, CancelAsync),
        new Command("retry", "Submit an ended job's work again, as a new job, and print its id").With(Id)
            .Calls(shell, RetryAsync),
    ];

    private static async Task<int> SubmitAsync(Call call, CancellationToken cancellationToken)
    {
        var json = call.Get(Params) is "-" ? await call.Shell.In.ReadToEndAsync(cancellationToken) : call.Get(Params) ?? "{}";
        var request = SubmissionOptions.Read(call, call.Get(Tool), Queries.JsonText.Parse("--params", json));
        var accepted = await call.Jobs.SubmitAsync(request, cancellationToken);
        return call.Print(writer => writer.WriteLine(accepted.Job.ShortId));
    }

    private static async Task<int> StatusAsync(Call call, CancellationToken cancellationToken)
    {
        var job = await call.Jobs.GetAsync(call.Get(Id), cancellationToken);
        call.Print(writer => JobSheet.Write(writer, job, call.Shell.Time.GetUtcNow()));
        return ExitCode.Of(job.Status);
    }

    private static async Task<int> WatchAsync(Call call, CancellationToken cancellationToken)
    {
        using var interrupts = new Interrupts();
        var job = await call.Jobs.GetAsync(call.Get(Id), cancellationToken);
        var ended = await new JobFollower(call, interrupts).FollowAsync(job, cancellationToken);
        if (ended is null) return await Leaving.DecideAsync(call, job, OnInterrupt.Leave, interrupts, cancellationToken) ?? ExitCode.Interrupted;
        Complaint.Write(call.Shell, ended);
        call.Print(writer => JobSheet.Write(writer, ended, call.Shell.Time.GetUtcNow()));
        return ExitCode.Of(ended.Status);
    }

    private static async Task<int> CancelAsync(Call call, CancellationToken cancellationToken)
    {
        var ids = call.Get(Ids);
        var items = ids is [var one]
            ? [new CancelItem(await call.Jobs.CancelAsync(one, cancellationToken), null)]
            : await call.Jobs.CancelAsync(ids, cancellationToken);
        call.Print(writer =>
        {
            foreach (var item in items.Where(item => item.Job is not null)) writer.WriteLine(Said(item.Job!));
        });
        var code = ExitCode.Ok;
        foreach (var (id, item) in ids.Zip(items))
        {
            if (item.Refused is { } refused) code = Math.Max(code, Complaint.Write(call.Shell, refused with { Detail = $"{id}: {refused.Detail}" }));
        }

        return code;
    }

    private static async Task<int> RetryAsync(Call call, CancellationToken cancellationToken)
    {
        var job = await call.Jobs.RetryAsync(call.Get(Id), cancellationToken);
        return call.Print(writer => writer.WriteLine(job.ShortId));
    }

    private static string Said(Job job) => job switch
    {
        { Status: JobStatus.Canceled } => $"{job.ShortId} canceled",
        { Status.IsFinal: true } => $"{job.ShortId} had ended: {job.Status.Word}",
        _ => $"{job.ShortId} {job.Status.Word}, cancel asked for",
    };
}
