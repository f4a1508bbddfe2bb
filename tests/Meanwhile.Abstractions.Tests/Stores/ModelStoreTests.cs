using Meanwhile.Testing.Stores;

namespace Meanwhile.Abstractions.Tests.Stores;

public sealed class ModelJobStoreTests : JobStoreConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => ValueTask.FromResult(StoreUnderTest.Model());
}

public sealed class ModelClaimTests : ClaimConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => ValueTask.FromResult(StoreUnderTest.Model());
}

public sealed class ModelRetentionTests : RetentionConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => ValueTask.FromResult(StoreUnderTest.Model());
}

public sealed class ModelJobReaderTests : JobReaderConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => ValueTask.FromResult(StoreUnderTest.Model());
}

public sealed class ModelEventReaderTests : EventReaderConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => ValueTask.FromResult(StoreUnderTest.Model());
}

public sealed class ModelNodeStoreTests : NodeStoreConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => ValueTask.FromResult(StoreUnderTest.Model());
}

public sealed class ModelRegistryTests : RegistryConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => ValueTask.FromResult(StoreUnderTest.Model());
}

public sealed class ModelAuditLogTests : AuditLogConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => ValueTask.FromResult(StoreUnderTest.Model());
}

public sealed class ModelUsageTests : UsageConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => ValueTask.FromResult(StoreUnderTest.Model());
}

public sealed class SharedModelNodeStoreTests : NodeStoreConformance
{
    protected override ValueTask<StoreUnderTest> OpenAsync() => ValueTask.FromResult(StoreUnderTest.Model(isShared: true));
}
