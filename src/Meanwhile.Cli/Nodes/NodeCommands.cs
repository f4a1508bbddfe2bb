using System.CommandLine;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Nodes;

namespace Meanwhile.Cli.Nodes;

/// <summary>nodes, and nodes list, drain, resume.</summary>
internal static class NodeCommands
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(3); // until then it may still claim
    private static readonly TimeSpan EndedLately = TimeSpan.FromHours(1);
    private static readonly Option<bool> All = new("--all") { Description = "Also nodes that ended more than an hour ago" };
    private static readonly Argument<string> Node = new("node") { Description = "The node's name" };
    private static readonly Option<bool> Wait = new("--wait") { Description = "Return once nothing runs there any more" };

    public static Command Create(Shell shell) => new Command("nodes", "List the nodes, or drain one; for instance admins").With(
        new Command("list", "List the nodes").With(All).Calls(shell, ListAsync),
        new Command("drain", "Have a node claim nothing more; what runs there ends by itself").With(Node).With(Wait).Calls(shell, DrainAsync),
        new Command("resume", "Have a drained node claim again").With(Node).Calls(shell, ResumeAsync)).With(All).Calls(shell, ListAsync);

    private static async Task<int> ListAsync(Call call, CancellationToken cancellationToken)
    {
        var nodes = await call.Administration.ListNodesAsync(cancellationToken);
        var since = call.Shell.Time.GetUtcNow() - EndedLately;
        return call.Print(TableOf([.. nodes.Where(node => call.Get(All) || node.EndedAt is null || node.EndedAt >= since)]), nextCursor: null);
    }

    private static async Task<int> DrainAsync(Call call, CancellationToken cancellationToken)
    {
        var node = await call.Administration.SetNodeDrainingAsync(call.Get(Node), draining: true, cancellationToken);
        var start = TimeProvider.System.GetTimestamp();
        while (call.Get(Wait) && (node.Status == NodeStatus.Draining || TimeProvider.System.GetElapsedTime(start) < HeardWithin))
        {
            await Task.Delay(LookEvery, TimeProvider.System, cancellationToken);
            node = (await call.Administration.ListNodesAsync(cancellationToken)).FirstOrDefault(info => info.Node == node.Node) ?? node with { RunningCount = 0 };
        }

        return call.Print(TableOf([node]), nextCursor: null);
    }

    private static async Task<int> ResumeAsync(Call call, CancellationToken cancellationToken) =>
        call.Print(TableOf([await call.Administration.SetNodeDrainingAsync(call.Get(Node), draining: false, cancellationToken)]), nextCursor: null);

    private static Table TableOf(IReadOnlyList<NodeInfo> nodes) => new(
        ["NODE", "STATUS", "ROLES", "TOOLS", "RUNS", "HOST", "PID", "VERSION", "SINCE", "ENDED"],
        [.. nodes.Select(node => (IReadOnlyList<Cell>)
        [
            Cell.Blank(node.Node.ToString()),
            new(node.Status.Word),
            new(string.Join(',', node.Registration.Roles.ToWords())),
            Cell.Blank(string.Join(',', node.Registration.Tools)),
            Cell.Number(node.RunningCount),
            Cell.Blank(node.Registration.Host),
            Cell.Number(node.Registration.ProcessId),
            Cell.Blank(node.Registration.Version),
            new(Texts.Of(node.RegisteredAt)),
            Cell.Blank(Texts.Of(node.EndedAt)),
        ])]);
}
