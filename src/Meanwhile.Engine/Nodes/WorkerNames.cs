namespace Meanwhile.Nodes;

/// <summary>The names of workers as nodes: NAME@PROJECT, or NAME@* of one that works for all projects.</summary>
internal static class WorkerNames
{
    private const string AllProjects = "*";

    /// <summary>The node of a worker.</summary>
    /// <param name="project">Null = all.</param>
    public static string Of(string name, string? project) => $"{name}@{project ?? AllProjects}";

    /// <summary>The project that a worker works for; null = all.</summary>
    public static string? ProjectOf(string node) => node[(node.IndexOf('@', StringComparison.Ordinal) + 1)..] is var project && project == AllProjects ? null : project;

    /// <summary>Whether a node is a worker that works for a project.</summary>
    public static bool IsFor(string node, string project) => node.Contains('@', StringComparison.Ordinal) && (ProjectOf(node) ?? project) == project;
}
