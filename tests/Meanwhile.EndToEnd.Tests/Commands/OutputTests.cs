using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Commands;

/// <summary>Where <c>--output</c> writes to. Never tried on the machine's own devices: a FIFO stands for them.</summary>
public sealed class OutputTests(SampleServer sample)
{
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Theory]
    [InlineData("csv", "n\n1")]
    [InlineData("table", "n\n-\n1")]
    public async Task A_fifo_is_written_straight_through_and_stays(string format, string rows)
    {
        using var folder = new Folder();
        var fifo = folder.File("fifo");
        await MakeFifoAsync(fifo);
        File.CreateSymbolicLink(folder.File("link"), fifo);

        foreach (var output in new[] { fifo, folder.File("link") })
        {
            await using var reader = Executable.Start("cat", [fifo]);
            (await QueryAsync(output, format)).Succeeded();

            Assert.Equal(0, await reader.EndAsync());
            Assert.Equal(rows, reader.Out.Replace("\r", "", StringComparison.Ordinal));
        }

        await using var stillFifo = Executable.Start("test", ["-p", fifo]);
        Assert.Equal(0, await stillFifo.EndAsync());
        Assert.Equal(fifo, new FileInfo(folder.File("link")).LinkTarget);
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
    }

    [Fact]
    public async Task Links_stay_and_what_they_lead_to_is_replaced_with_its_mode()
    {
        using var folder = new Folder();
        Directory.CreateDirectory(folder.File("inner"));
        var target = folder.File("inner/out.csv");
        await File.WriteAllTextAsync(target, "what was there, and is longer than what comes");
        File.SetUnixFileMode(target, OwnersAlone);
        File.CreateSymbolicLink(folder.File("second.csv"), "inner/out.csv");
        File.CreateSymbolicLink(folder.File("first.csv"), "second.csv");

        (await QueryAsync(folder.File("first.csv"))).Succeeded();

        Assert.Equal("n\n1\n", (await File.ReadAllTextAsync(target)).Replace("\r", "", StringComparison.Ordinal));
        Assert.Equal(OwnersAlone, File.GetUnixFileMode(target));
        Assert.Equal("second.csv", new FileInfo(folder.File("first.csv")).LinkTarget);
        Assert.Equal([target], Directory.GetFiles(folder.File("inner")));
    }

    [Fact]
    public async Task A_file_that_is_there_keeps_its_mode_even_where_the_umask_would_take_from_it()
    {
        using var folder = new Folder();
        var output = folder.File("out.csv");
        await File.WriteAllTextAsync(output, "");
        const UnixFileMode open = OwnersAlone | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        File.SetUnixFileMode(output, open);

        (await QueryAsync(output)).Succeeded();

        Assert.Equal(open, File.GetUnixFileMode(output));
    }

    [Fact]
    public async Task A_link_that_leads_to_nothing_yet_makes_its_target()
    {
        using var folder = new Folder();
        File.CreateSymbolicLink(folder.File("link.csv"), folder.File("new.csv"));
        File.CreateSymbolicLink(folder.File("lost.csv"), folder.File("none/new.csv"));

        (await QueryAsync(folder.File("link.csv"))).Succeeded();
        var lost = await QueryAsync(folder.File("lost.csv"));

        Assert.True(File.Exists(folder.File("new.csv")));
        Assert.Equal(folder.File("new.csv"), new FileInfo(folder.File("link.csv")).LinkTarget);
        Assert.Equal(2, lost.Code);
        Assert.Contains("there is no folder", lost.Error, StringComparison.Ordinal);
    }

    private Task<CommandEnd> QueryAsync(string output, string format = "csv") =>
        sample.RunAsync("query", "--source", "flights", "--format", format, "--output", output, "select 1 as n");

    private static async Task MakeFifoAsync(string path)
    {
        await using var made = Executable.Start("mkfifo", [path]);
        Assert.Equal(0, await made.EndAsync());
    }
}
