using Meanwhile.Registry;
using Meanwhile.Sources;

namespace Meanwhile.Cli.Serve;

/// <summary>Which hosts a source may connect to, by the configuration's allow section.</summary>
internal static class AllowedHosts
{
    /// <summary>What the rules list for a definition's project; null = any host, for the configuration's own sources and those of an instance admin.</summary>
    public static IReadOnlyList<string>? For(SourceDefinition definition, IReadOnlyList<SourceRules> rules) =>
        definition.Project.Length == 0 || definition.ByInstanceAdmin
            ? null
            : [.. rules.Where(rule => rule.IsFor(definition.Project) && (rule.Types.Count == 0 || rule.Types.Contains(definition.Type))).SelectMany(rule => rule.Hosts)];
}
