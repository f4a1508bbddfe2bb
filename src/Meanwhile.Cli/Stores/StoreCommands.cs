using System.CommandLine;
using System.Text.Json.Nodes;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Serve;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Hosting;
using Meanwhile.Postgres.Store;
using Meanwhile.Stores;

namespace Meanwhile.Cli.Stores;

/// <summary>store restored: run once on a PostgreSQL store that was restored, while no server uses it.</summary>
internal static class StoreCommands
{
    private static readonly Option<bool> Force = new("--force") { Description = "Also while servers use the store: they let go of what they run, and begin anew" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print what was done as JSON" };

    public static Command Create(Shell shell) => new Command("store", "Look after a PostgreSQL store itself").With(
        new Command("restored", "Run once after a restore from a dump or to a point in time: cursors handed out before are gone, and what ran then goes on").With(SharedStore.Only, Force, Json)
            .Does(shell, (parse, cancellationToken) => RunAsync(shell, parse, cancellationToken)));

    private static async Task<int> RunAsync(Shell shell, ParseResult parse, CancellationToken cancellationToken)
    {
        var store = SharedStore.ReadOnly(parse, shell) ?? throw new UsageException("Which store was restored? Name it with --store.");
        try
        {
            var restored = await PostgresHosting.RestoredAsync(store.Connection, parse.GetValue(Force), shell.Time, cancellationToken);
            if (parse.GetValue(Json)) shell.Out.WriteLine(ToJson(restored).ToJsonString());
            else Write(shell, ConnectionStrings.Place(store.Connection), restored);
            return ExitCode.Ok;
        }
        catch (StoreUnusableException unusable)
        {
            throw new UsageException(unusable.Message, exitCode: ExitCode.Conflict);
        }
        catch (StoreUnavailableException unavailable)
        {
            throw new UsageException(unavailable.Message, "Try again once it answers.", ExitCode.Unavailable);
        }
    }

    private static void Write(Shell shell, string place, RestoredStore restored)
    {
        shell.Out.WriteLine($"The store at {place} has begun another history, {restored.Incarnation}: cursors handed out before answer 410.");
        shell.Out.WriteLine(restored.Ended.Count == 0 ? "No node was left in it." : Printable.Of($"Ended {Texts.Count(restored.Ended.Count, "node")} of before: {string.Join(", ", restored.Ended)}."));
        shell.Out.WriteLine($"{Texts.Count(restored.RescuedCount, "job")} ran then: they go on in another attempt, or ended as unknown_outcome where they may have had their effect.");
        shell.Error.WriteLine("Servers may start now. What was acknowledged after the copy was taken is not in it.");
    }

    private static JsonObject ToJson(RestoredStore restored) => new()
    {
        ["incarnation"] = restored.Incarnation.ToString(),
        ["nodes_ended"] = new JsonArray([.. restored.Ended.Select(node => JsonValue.Create(node.ToString()))]),
        ["jobs_rescued"] = restored.RescuedCount,
    };
}
