using Meanwhile.Nodes;

namespace Meanwhile.Postgres.Store;

/// <summary>What was done to a store that was restored.</summary>
/// <param name="Incarnation">What cursors carry from now on; older ones are gone.</param>
/// <param name="Ended">The epochs that had not ended in what was restored.</param>
/// <param name="RescuedCount">How many jobs ran then: they go on as those of lost nodes.</param>
public sealed record RestoredStore(Guid Incarnation, IReadOnlyList<NodeEpoch> Ended, int RescuedCount);
