using Meanwhile.Testing.Stores;

namespace Meanwhile.Sqlite.Tests.Store;

public sealed class SqliteJobStoreTests : JobStoreConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteClaimTests : ClaimConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteRetentionTests : RetentionConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteJobReaderTests : JobReaderConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteEventReaderTests : EventReaderConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteNodeStoreTests : NodeStoreConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteRegistryTests : RegistryConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteUsageTests : UsageConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class SqliteAuditLogTests : AuditLogConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync();
}

public sealed class InlineJobStoreTests : JobStoreConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync(inline: true);
}

public sealed class InlineClaimTests : ClaimConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync(inline: true);
}

public sealed class InlineRetentionTests : RetentionConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync(inline: true);
}

public sealed class InlineJobReaderTests : JobReaderConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync(inline: true);
}

public sealed class InlineEventReaderTests : EventReaderConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync(inline: true);
}

public sealed class InlineNodeStoreTests : NodeStoreConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync(inline: true);
}

public sealed class InlineRegistryTests : RegistryConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync(inline: true);
}

public sealed class InlineUsageTests : UsageConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync(inline: true);
}

public sealed class InlineAuditLogTests : AuditLogConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => SqliteStores.OpenAsync(inline: true);
}
