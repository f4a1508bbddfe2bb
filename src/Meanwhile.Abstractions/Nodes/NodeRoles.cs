namespace Meanwhile.Nodes;

/// <summary>What a node does, so that kinds of nodes can be apart.</summary>
[Flags]
public enum NodeRoles
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Answers callers.</summary>
    Api = 1,

    /// <summary>Claims and runs jobs.</summary>
    Worker = 2,

    /// <summary>Follows remote work by its handles. Nothing of this version is followed so; maintenance needs no role, every node takes part.</summary>
    Poller = 4,

    /// <summary>Everything: the default.</summary>
    All = Api | Worker | Poller,
}

/// <summary>The words of the roles.</summary>
public static class NodeRoleWords
{
    private static readonly (NodeRoles Role, string Word)[] Words = [(NodeRoles.Api, "api"), (NodeRoles.Worker, "worker"), (NodeRoles.Poller, "poller")];

    extension(NodeRoles roles)
    {
        /// <summary>The words, in the order api, worker, poller.</summary>
        public IReadOnlyList<string> ToWords() => [.. Words.Where(known => roles.HasFlag(known.Role)).Select(known => known.Word)];
    }

    /// <summary>The roles that words name: <c>api</c>, <c>worker</c>, <c>poller</c>, <c>all</c>; null when one is unknown, or there is none.</summary>
    public static NodeRoles? FromWords(IEnumerable<string> words)
    {
        var roles = NodeRoles.None;
        foreach (var word in words)
        {
            var known = word == "all" ? NodeRoles.All : Array.Find(Words, known => known.Word == word).Role;
            if (known == NodeRoles.None) return null;
            roles |= known;
        }

        return roles == NodeRoles.None ? null : roles;
    }
}
