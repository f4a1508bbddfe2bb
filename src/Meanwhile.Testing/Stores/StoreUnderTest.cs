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
    /// <summary>Whether one server holds the store, so that registering a node ends all others; otherwise it ends earlier epochs of its own name alone.</summary>
    public bool IsExclusive { get; init; } = true;

    /// <summary>A model store with a clock of its own.</summary>
    /// <param name="exclusive">Whether it is one that one server holds.</param>
    public static StoreUnderTest Model(bool exclusive = true)
    {
        var time = new ManualTimeProvider();
        var model = new ModelStore(time, Draws.Seeded(1), exclusive);
        return new StoreUnderTest(time, model, model, model, model, model, model, () => ValueTask.CompletedTask) { IsExclusive = exclusive };
    }
}
