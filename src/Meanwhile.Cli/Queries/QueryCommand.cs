using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Meanwhile.Access;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Jobs;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Results;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Jobs;
using Meanwhile.Problems;

namespace Meanwhile.Cli.Queries;

/// <summary>Runs a statement: submits it, waits with a progress line, and prints its result.</summary>
internal static class QueryCommand
{
    private static readonly Argument<string?> Sql = new("sql") { Description = "The statement; '-' reads it from standard input", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<FileInfo?> File = new("--file", "-f") { Description = "Read the statement from a file", HelpName = "FILE" };
    private static readonly Option<string[]> Param = new("--param", "-p") { Description = "A parameter; a value that is JSON is taken as such, all else as text", HelpName = "NAME=VALUE" };
    private static readonly Option<string?> Params = new("--params") { Description = "All parameters: a JSON object by name, or an array by position", HelpName = "JSON" };
    private static readonly Option<bool> NoWait = new("--no-wait") { Description = "Print the id and do not wait" };
    private static readonly Option<bool> CancelOnInterrupt = new("--cancel-on-interrupt") { Description = "Ctrl-C cancels the job instead of asking" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Check the statement without running it" };

    public static Command Create(Shell shell) => new Command("query", "Run a statement, wait for it and print its result")
        .With(Sql, File, Param, Params, NoWait, CancelOnInterrupt, DryRun)
        .With(SubmissionOptions.All)
        .With(ResultOptions.All)
        .Calls(shell, RunAsync);

    private static async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var sql = await StatementAsync(call, cancellationToken);
        var output = ResultOptions.Read(call);
        var request = SubmissionOptions.Read(call, "query", ParamsOf(sql, JsonText.Parameters(call.Get(Params), call.Get(Param) ?? [])));
        if (call.Get(DryRun)) return await CheckAsync(call, request, cancellationToken);

        using var interrupts = new Interrupts();
        var accepted = await call.Jobs.SubmitAsync(request, cancellationToken);
        if (call.Get(NoWait)) return call.Print(writer => writer.WriteLine(accepted.Job.ShortId));
        var onInterrupt = call.Get(CancelOnInterrupt) ? OnInterrupt.Cancel : OnInterrupt.Ask;
        while (true)
        {
            var ended = await new JobFollower(call, interrupts).FollowAsync(accepted.Job, cancellationToken);
            if (ended is not null) return await ShowAsync(call, ended, sql, output, cancellationToken);
            if (await Leaving.DecideAsync(call, accepted.Job, onInterrupt, interrupts, cancellationToken) is { } left) return left;
        }
    }

    private static async Task<int> ShowAsync(Call call, Job ended, string sql, ResultOutput output, CancellationToken cancellationToken)
    {
        if (call.Json)
        {
            call.Print(_ => { });
            return ExitCode.Of(ended.Status);
        }

        if (ended.Status == JobStatus.Succeeded) return await PrintAsync(call, ended, output, cancellationToken);
        var job = ended.Record.Spec.Statement is null ? ended with { Record = ended.Record with { Spec = ended.Record.Spec with { Statement = sql } } } : ended;
        if (job.Record.State.Error is not null) Complaint.Write(call.Shell, job);
        else call.Shell.Error.WriteLine($"meanwhile: job {job.ShortId} ended: {job.Status.Word}");
        return ExitCode.Of(job.Status);
    }

    /// <summary>Prints the result; where that fails, what has run need not run again.</summary>
    private static async Task<int> PrintAsync(Call call, Job ended, ResultOutput output, CancellationToken cancellationToken)
    {
        try
        {
            return await ResultPrinter.PrintAsync(call, ended, output, cancellationToken);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(failed.Message, ResultHint(ended), ExitCode.JobFailed);
        }
        catch (ProblemException refused)
        {
            var code = Complaint.Write(call.Shell, refused.Problem);
            Complaint.WriteHint(call.Shell, ResultHint(ended));
            return code;
        }
    }

    private static string ResultHint(Job ended) => $"The query has run: 'meanwhile result {ended.ShortId}' with the same options gives its result without running it again.";

    private static async Task<int> CheckAsync(Call call, JobRequest request, CancellationToken cancellationToken)
    {
        var check = await call.Jobs.DryRunAsync(request, cancellationToken);
        return call.Print(writer =>
        {
            writer.WriteLine($"statements  {check.StatementCount}");
            writer.WriteLine($"writes      {check.ReadOnly switch { true => "no", false => "yes", null => "unknown" }}");
            writer.WriteLine($"columns     {Printable.Of(string.Join(", ", check.Columns.Select(column => column.Name)))}");
            writer.WriteLine($"parameters  {Printable.Of(string.Join(", ", check.ParameterNames))}");
            if (check.Plan is { } plan) writer.WriteLine($"plan        {Printable.Of(plan)}");
        });
    }

    private static async Task<string> StatementAsync(Call call, CancellationToken cancellationToken) => (call.Parse.GetValue(Sql), call.Get(File)) switch
    {
        ("-", null) => await call.Shell.In.ReadToEndAsync(cancellationToken),
        ({ } sql, null) => sql,
        (null, { } file) => await System.IO.File.ReadAllTextAsync(file.FullName, cancellationToken),
        (null, null) => throw new UsageException("There is no statement.", "Give it as an argument, with --file, or '-' to read it from standard input."),
        _ => throw new UsageException("Give the statement as an argument or with --file, not both."),
    };

    private static JsonElement ParamsOf(string sql, JsonNode? parameters)
    {
        var json = new JsonObject { ["sql"] = sql };
        if (parameters is not null) json["parameters"] = parameters;
        return JsonText.Parse("--params", json.ToJsonString());
    }
}
