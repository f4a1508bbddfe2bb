using Meanwhile.Blobs;
using Meanwhile.Claims;

namespace Meanwhile.Execution;

/// <summary>Makes what an attempt needs while it runs.</summary>
internal sealed class AttemptFactory(IBlobStore blobs)
{
    /// <summary>The attempt of a claimed job.</summary>
    public Attempt Make(ClaimedJob claimed) => new(claimed, new AttemptJournal(claimed.Fence, new AttemptLog(blobs, claimed.Fence)));
}
