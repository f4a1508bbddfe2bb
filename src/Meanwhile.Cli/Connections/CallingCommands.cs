using System.CommandLine;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;
using Meanwhile.Problems;

namespace Meanwhile.Cli.Connections;

/// <summary>Gives commands what they do, and one place where failures become a line and an exit code.</summary>
internal static class CallingCommands
{
    extension(Command command)
    {
        /// <summary>Makes the command one that talks to a server.</summary>
        /// <returns>The command.</returns>
        public Command Calls(Shell shell, Func<Call, CancellationToken, Task<int>> act)
        {
            ConnectionOptions.Shared.AddTo(command);
            return command.Does(shell, async (parse, cancellationToken) =>
            {
                using var call = new Call(parse, shell);
                return await act(call, cancellationToken);
            });
        }

        /// <summary>Gives the command its action.</summary>
        /// <returns>The command.</returns>
        public Command Does(Shell shell, Func<ParseResult, CancellationToken, Task<int>> act)
        {
            command.SetAction((parse, cancellationToken) => GuardAsync(shell, () => act(parse, cancellationToken)));
            return command;
        }

        /// <summary>Adds options and arguments.</summary>
        /// <returns>The command.</returns>
        public Command With(params ReadOnlySpan<Symbol> symbols)
        {
            foreach (var symbol in symbols)
            {
                if (symbol is Option option) command.Add(option);
                else if (symbol is Argument argument) command.Add(argument);
                else command.Add((Command)symbol);
            }

            return command;
        }
    }

    private static async Task<int> GuardAsync(Shell shell, Func<Task<int>> act)
    {
        try
        {
            return await act();
        }
        catch (ProblemException refused)
        {
            return Complaint.Write(shell, refused.Problem);
        }
        catch (UsageException wrong)
        {
            return Complaint.Write(shell, wrong);
        }
        catch (HttpRequestException unreachable)
        {
            return Complaint.Write(shell, new UsageException($"The server can't be reached: {unreachable.Message}", exitCode: ExitCode.Unavailable));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return Complaint.Write(shell, new UsageException(failed.Message, exitCode: ExitCode.JobFailed));
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
    }
}
