using System.CommandLine;
using Meanwhile.Cli.Shells;
namespace Meanwhile.Cli.Serve;
internal static class ServeCommand { public static Command Create(Shell shell) { _ = shell; return new Command("serve", "Run a server"); } }
