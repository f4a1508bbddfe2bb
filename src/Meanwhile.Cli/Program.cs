using System.CommandLine;
using Meanwhile.Cli;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;

var shell = Shell.OfProcess();
var parsed = CommandTree.Create(shell).Parse(args);
if (parsed.Errors.Count == 0) return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

foreach (var error in parsed.Errors) shell.Error.WriteLine($"meanwhile: {Misfit.InWords(error.Message)}");
shell.Error.WriteLine($"hint: see '{CommandTree.PathOf(parsed)} --help'.");
return ExitCode.Usage;
