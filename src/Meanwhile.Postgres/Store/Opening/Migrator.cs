using Meanwhile.Jobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Store.Opening;

/// <summary>Brings the schema up to date, step by step, one node at a time; never back.</summary>
internal sealed class Migrator(Database database, Action<Span<byte>> draw, IReadOnlyList<string> migrations)
{
    /// <summary>How many steps the schema has had; 0 when there is none. Touches nothing.</summary>
    /// <exception cref="StoreUnusableException">The schema is newer.</exception>
    public async ValueTask<int> LookAsync(CancellationToken cancellationToken)
    {
        if (!await database.ScalarAsync<bool>(new Call(StartSql.Exists, Parameters.Text(database.Schema.Name)), cancellationToken)) return 0;
        var version = await database.ScalarAsync<int>(new Call(StartSql.Version), cancellationToken);
        RefuseNewer(version);
        return version;
    }

    /// <summary>Makes the schema, or what it lacks.</summary>
    /// <exception cref="StoreUnusableException">The schema is newer, or another's; nothing was touched.</exception>
    public ValueTask<bool> MigrateAsync(CancellationToken cancellationToken) => database.RunAsync(
        async (session, token) =>
        {
            var schema = Parameters.Text(database.Schema.Name);
            await session.RunAsync([Session.Begin, new Call(StartSql.Lock, schema)], token);
            var version = await session.ScalarAsync<bool>(new Call(StartSql.Exists, schema.Clone()), token) ? await session.ScalarAsync<int>(new Call(StartSql.Version), token) : 0;
            RefuseNewer(version);
            if (version < migrations.Count) await ApplyAsync(session, version, token);
            await session.RunAsync([Session.Commit], token);
            return true;
        },
        cancellationToken);

    private async ValueTask ApplyAsync(Session session, int version, CancellationToken cancellationToken)
    {
        if (version == 0)
        {
            await session.ExecuteAsync(StartSql.MakeSchema.Replace("meanwhile_schema", database.Schema.Name, StringComparison.Ordinal), cancellationToken);
            await session.ExecuteAsync(StartSql.MakeMigrations, cancellationToken);
        }

        for (var step = version; step < migrations.Count; step++)
        {
            await session.ExecuteAsync(migrations[step], cancellationToken);
            await session.RunAsync([new Call(StartSql.Applied, Parameters.Int(step + 1))], cancellationToken);
        }

        if (version == 0) await session.RunAsync(Identity(), cancellationToken);
    }

    private List<Call> Identity()
    {
        var random = new byte[16 + ShortIds.KeyLength];
        draw(random);
        return
        [
            new(StartSql.AddMeta, Parameters.Text("incarnation"), Parameters.Bytes(random[..16])),
            new(StartSql.AddMeta, Parameters.Text("short_id_key"), Parameters.Bytes(random[16..])),
        ];
    }

    private void RefuseNewer(int version)
    {
        if (version <= migrations.Count) return;
        throw new StoreUnusableException(
            $"The store in schema {database.Schema.Name} has version {version}; this version of Meanwhile knows versions up to {migrations.Count}. It was left as it is; start the newer version again, or restore a backup from before.");
    }
}
