using Meanwhile.Events;
using Meanwhile.Nodes;
using Meanwhile.Registry;
using Meanwhile.Stores;
using Meanwhile.Testing.Time;

namespace Meanwhile.Testing.Stores;

/// <summary>A store's ports as a conformance suite drives them, with the clock that decides its due times.</summary>
/// <param name="Closing">Closes the store and removes what it wrote.</param>
public sealed record StoreUnderTest(
    ManualTimeProvider Time,
    IJobStore Jobs,
    IJobReader Reader,
    IEventReader Events,
    INodeStore Nodes,
    IRegistry Registry,
    IAuditLog Audit,
    Func<ValueTask> Closing)
{
    /// <summary>Where what is used is counted.</summary>
    public required IUsage Usage { get; init; }

    /// <summary>A model store with a clock of its own.</summary>
    /// <param name="isShared">Whether several nodes live at once.</param>
    public static StoreUnderTest Model(bool isShared = false)
    {
        var time = new ManualTimeProvider();
        var model = new ModelStore(time, Draws.Seeded(1), isShared);
        return new StoreUnderTest(time, model, model, model, model, model, model, () => ValueTask.CompletedTask) { Usage = model };
    }
}
