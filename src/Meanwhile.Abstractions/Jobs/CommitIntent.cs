using Meanwhile.Results;

namespace Meanwhile.Jobs;

/// <summary>That what an attempt writes at its source is committed only after a mark was stored here, so that a later owner can find out whether it was.</summary>
/// <remarks>Without a mark nothing was committed; with one the source knows. It outlives its attempt when the owner is lost, until the next attempt's own effects begin.</remarks>
public sealed record CommitIntent
{
    /// <summary>The attempt that writes.</summary>
    public required int Attempt { get; init; }

    /// <summary>Its fence then.</summary>
    public required long Fence { get; init; }

    /// <summary>Names the transaction at the source; null until it is about to be committed.</summary>
    public string? Mark { get; init; }

    /// <summary>The whole result, which is the job's if the transaction was committed; set exactly with the mark.</summary>
    public ResultManifest? Result { get; init; }
}
