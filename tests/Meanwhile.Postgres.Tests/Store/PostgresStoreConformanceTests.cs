using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Testing.Stores;

namespace Meanwhile.Postgres.Tests.Store;

public sealed class PostgresJobStoreTests(SharedCluster shared) : JobStoreConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared);
}

public sealed class PostgresClaimTests(SharedCluster shared) : ClaimConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared);
}

public sealed class PostgresRetentionTests(SharedCluster shared) : RetentionConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared);
}

public sealed class PostgresJobReaderTests(SharedCluster shared) : JobReaderConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared);
}

public sealed class PostgresEventReaderTests(SharedCluster shared) : EventReaderConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared);
}

public sealed class PostgresNodeStoreTests(SharedCluster shared) : NodeStoreConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared);
}

public sealed class PostgresRegistryTests(SharedCluster shared) : RegistryConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared);
}

public sealed class PostgresAuditLogTests(SharedCluster shared) : AuditLogConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared);
}

public sealed class PostgresJobStoreBehindBouncerTests(SharedCluster shared) : JobStoreConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared, throughBouncer: true);
}

public sealed class PostgresClaimBehindBouncerTests(SharedCluster shared) : ClaimConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared, throughBouncer: true);
}

public sealed class PostgresRetentionBehindBouncerTests(SharedCluster shared) : RetentionConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared, throughBouncer: true);
}

public sealed class PostgresJobReaderBehindBouncerTests(SharedCluster shared) : JobReaderConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared, throughBouncer: true);
}

public sealed class PostgresEventReaderBehindBouncerTests(SharedCluster shared) : EventReaderConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared, throughBouncer: true);
}

public sealed class PostgresNodeStoreBehindBouncerTests(SharedCluster shared) : NodeStoreConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared, throughBouncer: true);
}

public sealed class PostgresRegistryBehindBouncerTests(SharedCluster shared) : RegistryConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared, throughBouncer: true);
}

public sealed class PostgresAuditLogBehindBouncerTests(SharedCluster shared) : AuditLogConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared, throughBouncer: true);
}

public sealed class PostgresUsageTests(SharedCluster shared) : UsageConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared);
}

public sealed class PostgresUsageBehindBouncerTests(SharedCluster shared) : UsageConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => PostgresStores.OpenAsync(shared, throughBouncer: true);
}
