using System.CommandLine;
using Meanwhile.Cli.Shells;
namespace Meanwhile.Cli.Doctor;
internal static class DoctorCommand { public static Command Create(Shell shell) { _ = shell; return new Command("doctor", "Check"); } }
