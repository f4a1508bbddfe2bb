namespace Meanwhile.Access;

public sealed class PermissionTableTests
{
    private static readonly string[] Ranks = ["viewer", "submitter", "operator", "admin", "instance admin"];

    [Fact]
    public void The_page_about_security_shows_the_table_of_permissions()
    {
        var lines = File.ReadAllLines(FindPage());
        var start = Array.FindIndex(lines, line => line == $"| may | {string.Join(" | ", Ranks)} |");
        var shown = lines.Skip(start + 2).TakeWhile(line => line.StartsWith('|'));

        Assert.Equal(Enum.GetValues<Permission>().Select(Row), shown);
    }

    [Fact]
    public void Each_role_may_do_what_the_one_below_may_and_more()
    {
        Caller[] callers =
        [
            .. Roles.All.Where(role => role != Role.Worker).Select(role => new Caller { Project = "p", Principal = "k", Role = role }),
            new Caller { Project = "p", Principal = "k", Role = Role.Viewer, IsInstanceAdmin = true },
        ];
        var may = callers.Select(caller => Enum.GetValues<Permission>().Where(permission => caller.May(permission)).ToHashSet()).ToList();

        Assert.Equal(Ranks, callers.Select(caller => caller.Rank.Words));
        Assert.All(may.Zip(may.Skip(1)), pair => Assert.ProperSubset(pair.Second, pair.First));
        Assert.Equal(Enum.GetValues<Permission>().Length, may[^1].Count);
    }

    [Fact]
    public void A_worker_may_nothing_of_the_table()
    {
        var worker = new Caller { Project = "p", Principal = "k", Role = Role.Worker };

        Assert.DoesNotContain(Enum.GetValues<Permission>(), permission => worker.May(permission));
    }

    [Fact]
    public void The_words_of_roles_name_them()
    {
        Assert.Equal(Enum.GetValues<Role>(), Roles.All);
        Assert.All(Roles.All, role => Assert.Equal(role, Roles.FromWord(role.Word)));
        Assert.Null(Roles.FromWord("owner"));
    }

    private static string Row(Permission permission) =>
        $"| {permission.Words} | {string.Join(" | ", Enum.GetValues<Rank>().Where(rank => rank != Rank.Worker).Select(rank => rank >= PermissionTable.LeastOf(permission) ? "yes" : ""))} |";

    private static string FindPage()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Meanwhile.slnx"))) folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Meanwhile.slnx is in no parent folder.");
        return Path.Combine(folder, "docs", "security.md");
    }
}
