using Meanwhile.Cli.Serve;
using Meanwhile.Hosting;
using Meanwhile.Stores;

namespace Meanwhile.Cli.Doctor;

/// <summary>Looks at the PostgreSQL store that was named, without touching it.</summary>
internal static class StoreChecks
{
    /// <summary>What is found; nothing when no store was named.</summary>
    public static async ValueTask<IReadOnlyList<Finding>> RunAsync(SharedStore? store, CancellationToken cancellationToken)
    {
        if (store is null) return [];
        var place = ConnectionStrings.Place(store.Connection);
        try
        {
            var report = await PostgresHosting.CheckStoreAsync(store.Connection, cancellationToken);
            return [Finding.Ok("store", $"{place}: {report}")];
        }
        catch (Exception wrong) when (wrong is StoreUnusableException or StoreUnavailableException)
        {
            return [Finding.Bad("store", $"{place}: {wrong.Message}", "'meanwhile serve' refuses it until then.")];
        }
    }
}
