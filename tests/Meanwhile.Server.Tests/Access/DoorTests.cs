using Meanwhile.Testing.Access;

namespace Meanwhile.Server.Tests.Access;

public sealed class EmbeddedJobsTests : JobsConformance
{
    protected override async ValueTask<IInstance> StartAsync() => await RealInstance.StartAsync(isFar: false);
}

public sealed class HttpJobsTests : JobsConformance
{
    protected override async ValueTask<IInstance> StartAsync() => await RealInstance.StartAsync(isFar: true);
}

public sealed class EmbeddedAdministrationTests : AdministrationConformance
{
    protected override async ValueTask<IInstance> StartAsync() => await RealInstance.StartAsync(isFar: false);
}

public sealed class HttpAdministrationTests : AdministrationConformance
{
    protected override async ValueTask<IInstance> StartAsync() => await RealInstance.StartAsync(isFar: true);
}

public sealed class EmbeddedWorkersTests : WorkersConformance
{
    protected override async ValueTask<IInstance> StartAsync() => await RealInstance.StartAsync(isFar: false);
}

public sealed class HttpWorkersTests : WorkersConformance
{
    protected override async ValueTask<IInstance> StartAsync() => await RealInstance.StartAsync(isFar: true);
}
