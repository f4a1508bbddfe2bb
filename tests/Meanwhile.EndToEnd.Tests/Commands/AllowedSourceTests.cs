using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Commands;

/// <summary>The allow section of the configuration: which kinds, folders and references each project's sources may use.</summary>
public sealed class AllowedSourceTests(SampleServer sample)
{
    [Fact]
    public async Task The_allow_section_holds_for_each_project_by_itself()
    {
        using var folder = new Folder();
        foreach (var name in new[] { "research", "sales" })
        {
            Directory.CreateDirectory(folder.File(name));
            await File.WriteAllBytesAsync(Path.Combine(folder.File(name), "a.db"), []);
        }

        await File.WriteAllTextAsync(folder.File("meanwhile.json"), $$"""
            {
              "allow": [
                { "projects": ["research"], "types": ["sqlite"], "path_roots": ["{{folder.File("research")}}"], "references": ["env:RESEARCH_*"] },
                { "projects": ["sales"], "types": ["postgres"], "references": ["env:SALES_DB"] }
              ]
            }
            """);
        var secrets = new Dictionary<string, string?> { ["RESEARCH_DB"] = Path.Combine(folder.File("research"), "a.db"), ["SALES_DB"] = Path.Combine(folder.File("sales"), "a.db") };
        await using var server = await ServerProcess.StartAsync(["--config", folder.File("meanwhile.json")], secrets);
        Task<CommandEnd> Run(params string[] arguments) => sample.RunAsync([.. arguments, "--server", server.Address.ToString(), "--key", server.AdminKey], null);
        Task<CommandEnd> Add(string project, string name, string path) => Run("sources", "add", name, "--setting", $"path={path}", "--project", project);
        foreach (var project in new[] { "research", "sales" }) (await Run("projects", "create", project)).Succeeded();

        var own = await Add("research", "own", Path.Combine(folder.File("research"), "a.db"));
        var reference = await Add("research", "reference", "${env:RESEARCH_DB}");
        var another = await Add("research", "another", Path.Combine(folder.File("sales"), "a.db"));
        var anothersReference = await Add("research", "stolen", "${env:SALES_DB}");
        var type = await Add("sales", "own", "a.db");

        own.Succeeded();
        reference.Succeeded();
        Refused(another, "settings.path");
        Refused(anothersReference, "settings.path");
        Assert.Contains("${env:SALES_DB} is not allowed for project 'research'", anothersReference.Error, StringComparison.Ordinal);
        Refused(type, "type");
        Assert.Contains("not allowed for project 'sales'", type.Error, StringComparison.Ordinal);
        (await Run("query", "--source", "reference", "--project", "research", "select 1")).Succeeded();
        Assert.DoesNotContain(secrets["RESEARCH_DB"]!, (await Run("sources", "show", "reference", "--project", "research", "--json")).Succeeded(), StringComparison.Ordinal);
    }

    private static void Refused(CommandEnd end, string field)
    {
        Assert.Equal(2, end.Code);
        Assert.Contains($"  {field}: ", end.Error, StringComparison.Ordinal);
    }
}
