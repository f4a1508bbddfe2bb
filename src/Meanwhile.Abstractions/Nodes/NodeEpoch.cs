namespace Meanwhile.Nodes;

/// <summary>One life of a node: a process that was restarted, or declared dead and came back, is a new epoch.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Epoch">From 1; grows with each registration under that name.</param>
public readonly record struct NodeEpoch(string Node, long Epoch)
{
    /// <summary>Whether this is a worker that somebody else runs and that works over HTTP: its name is NAME@PROJECT, or NAME@* when it works for all projects. No server's name holds '@'.</summary>
    public bool IsWorker => Node.Contains('@', StringComparison.Ordinal);

    /// <summary>node/epoch.</summary>
    public override string ToString() => $"{Node}/{Epoch}";
}
