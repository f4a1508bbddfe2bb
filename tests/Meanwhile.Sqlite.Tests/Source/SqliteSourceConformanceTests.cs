using Meanwhile.Sources;
using Meanwhile.Testing.Sources;

namespace Meanwhile.Sqlite.Tests.Source;

public sealed class SqliteSourceConformanceTests : HostedSourceConformance, IAsyncLifetime
{
    private readonly SourceFixture _fixture = new();

    protected override SourceDialect Dialect { get; } = new()
    {
        TenThousandRows = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000) select i from n",
        Endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
        EndlessRows = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n",
        LongCall = "select instr(printf('%.*c', 16000000, 'a'), printf('%.*c', 8000000, 'a') || 'b')",
        Write = "insert into written values (1)",
        CountWrites = "select count(*) from written",
        Wrong = "select * from nowhere",
        NamedParameter = "select :a",
        PositionalParameter = "select ?",
    };

    protected override IHostedSource CreateSource(bool readOnly, int concurrency = 8) => _fixture.Create(readOnly, concurrency: concurrency);

    public async ValueTask InitializeAsync()
    {
        await using var source = _fixture.Create(readOnly: false);
        await RunAsync(source, "create table written (x)");
    }

    public ValueTask DisposeAsync()
    {
        _fixture.Dispose();
        return ValueTask.CompletedTask;
    }
}
