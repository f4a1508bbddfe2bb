using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Demo;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_shows_a_result_and_what_to_try_and_works_again_on_a_taken_port()
    {
        using var folder = new Folder();
        var port = Commands.ConnectionTests.FreePort();
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port);
        taken.Start();

        foreach (var run in new[] { "first", "second" })
        {
            var environment = new Dictionary<string, string?>
            {
                ["DEMO_EXIT"] = "1",
                ["DEMO_DATA"] = folder.Path,
                ["DEMO_BIN"] = AppContext.BaseDirectory,
                ["DEMO_PORT"] = $"{port}",
                ["MEANWHILE_KEY"] = null,
            };
            await using var demo = Executable.Start("bash", [Tree.PathOf("demo")], environment);

            Assert.True(await demo.EndAsync() == 0, $"{run} run:\n{demo.Out}\n{demo.Error}");
            Assert.Contains($"Port {port} is taken", demo.Out, StringComparison.Ordinal);
            Assert.Matches("ATL +Atlanta +[0-9]+ +[0-9.]+", demo.Out);
            Assert.Matches("The admin key is mw_[A-Za-z0-9_-]+", demo.Out);
        }
    }

    [Fact]
    public async Task A_second_demo_on_the_directory_of_a_running_one_says_so_at_once()
    {
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.File("demo.pid"), $"{Environment.ProcessId}");
        await using var demo = Executable.Start("bash", [Tree.PathOf("demo")], new Dictionary<string, string?> { ["DEMO_DATA"] = folder.Path, ["DEMO_BIN"] = AppContext.BaseDirectory });

        Assert.Equal(1, await demo.EndAsync());
        Assert.Contains($"in use by another ./demo (process {Environment.ProcessId})", demo.Error, StringComparison.Ordinal);
        Assert.Equal([folder.File("demo.pid")], Directory.GetFileSystemEntries(folder.Path));
    }
}
