namespace Meanwhile.Nodes;

/// <summary>What a node is doing, for people.</summary>
public enum NodeStatus
{
    /// <summary>It lives, and works as its roles say.</summary>
    Up,

    /// <summary>Somebody asked for a drain: it claims nothing, and what runs there goes on.</summary>
    Draining,

    /// <summary>Draining, and nothing runs there any more: it can be stopped.</summary>
    Drained,

    /// <summary>It left, or was declared dead.</summary>
    Ended,
}

/// <summary>The words of the statuses.</summary>
public static class NodeStatuses
{
    extension(NodeStatus status)
    {
        /// <summary>The word used in JSON and tables.</summary>
        public string Word => status switch
        {
            NodeStatus.Up => "up",
            NodeStatus.Draining => "draining",
            NodeStatus.Drained => "drained",
            NodeStatus.Ended => "ended",
        };
    }
}
