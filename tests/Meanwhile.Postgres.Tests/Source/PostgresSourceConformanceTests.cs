using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Sources;
using Meanwhile.Testing.Sources;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class PostgresSourceConformanceTests(SharedCluster shared) : HostedSourceConformance, IAsyncLifetime
{
    private SourceDatabase? _database;

    protected override SourceDialect Dialect { get; } = new()
    {
        TenThousandRows = "select i from generate_series(1, 10000) i",
        Endless = "select count(*) from generate_series(1, 1000000000000)",
        EndlessRows = "with recursive n(i) as (select 1::bigint union all select i + 1 from n) select i from n",
        LongCall = "select pg_sleep(600)",
        Write = "insert into written values (1)",
        CountWrites = "select count(*) from written",
        Wrong = "select * from nowhere",
        NamedParameter = "select :a",
        PositionalParameter = "select $1::bigint",
    };

    protected override IHostedSource CreateSource(bool readOnly, int concurrency = 8) => _database!.Create(readOnly, new SourceOptions { Concurrency = concurrency });

    public async ValueTask InitializeAsync() => _database = await SourceDatabase.MakeAsync(shared);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
