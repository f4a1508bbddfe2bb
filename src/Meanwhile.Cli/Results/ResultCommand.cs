using System.CommandLine;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;

namespace Meanwhile.Cli.Results;

/// <summary>Prints the result of a job that has succeeded.</summary>
internal static class ResultCommand
{
    private static readonly Argument<string> Id = new("job") { Description = "The job's id or short id" };

    public static Command Create(Shell shell) => new Command("result", "Print a succeeded job's result").With(Id).With(ResultOptions.All)
        .Calls(shell, async (call, cancellationToken) =>
        {
            var output = ResultOptions.Read(call);
            if (call.Json)
            {
                await call.Jobs.ReadResultAsync(call.Get(Id), output.Request, cancellationToken);
                return call.Print(_ => { });
            }

            var job = await call.Jobs.GetAsync(call.Get(Id), cancellationToken);
            return await ResultPrinter.PrintAsync(call, job, output, cancellationToken);
        });
}
