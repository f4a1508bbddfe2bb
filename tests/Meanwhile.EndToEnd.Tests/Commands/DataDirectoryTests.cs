using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Commands;

public sealed class DataDirectoryTests(SampleServer sample)
{
    private const UnixFileMode OthersBits = (UnixFileMode)63; // 077

    [Fact]
    public async Task All_that_a_server_makes_below_its_data_directory_is_for_its_owner_alone_whatever_the_umask()
    {
        using var folder = new Folder();
        var data = folder.File("data");
        await using var server = Serve(folder, data);
        var url = await ListensAsync(server);
        var key = await File.ReadAllTextAsync(folder.File("admin.key"));
        Task<CommandEnd> Run(params string[] arguments) => sample.RunAsync([.. arguments, "--server", url, "--key", key.Trim()], null);
        await File.WriteAllBytesAsync(Path.Combine(data, "sources", "empty.db"), []);
        (await Run("sources", "add", "numbers", "--setting", "path=empty.db")).Succeeded();
        (await Run("query", "--source", "numbers", "--output", folder.File("n.csv"), "with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000) select n from c")).Succeeded();

        string[] made = [data, .. Directory.EnumerateFileSystemEntries(data, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith("empty.db", StringComparison.Ordinal))];

        Assert.Contains(made, path => path.EndsWith("meanwhile.db-wal", StringComparison.Ordinal));
        Assert.Contains(made, path => path.Contains("results", StringComparison.Ordinal) && File.Exists(path));
        Assert.DoesNotContain(made, path => (File.GetUnixFileMode(path) & OthersBits) != UnixFileMode.None);
    }

    [Fact]
    public async Task What_an_earlier_version_left_open_to_others_is_closed_at_the_next_start()
    {
        await using var server = await ServerProcess.StartAsync();
        await server.TerminateAsync();
        var (store, blobs) = (Path.Combine(server.DataDirectory, "meanwhile.db"), Path.Combine(server.DataDirectory, "blobs"));
        File.SetUnixFileMode(store, (UnixFileMode)420); // 0644
        File.SetUnixFileMode(blobs, (UnixFileMode)493); // 0755

        await server.StartAgainAsync();

        Assert.Equal((UnixFileMode)384, File.GetUnixFileMode(store)); // 0600
        Assert.Equal((UnixFileMode)448, File.GetUnixFileMode(blobs)); // 0700
    }

    [Fact]
    public async Task A_first_key_is_shown_though_the_start_fails_afterwards()
    {
        using var folder = new Folder();

        var end = await sample.RunAsync("serve", "--data", folder.File("data"), "--url", sample.Server.Address.ToString());

        Assert.Equal(8, end.Code);
        Assert.Matches("The admin key, shown this once: mw_[A-Za-z0-9_-]+", end.Out);
    }

    [Fact]
    public async Task A_lost_admin_key_is_replaced_on_the_data_directory_of_a_stopped_server()
    {
        await using var server = await ServerProcess.StartAsync();
        var held = await sample.RunAsync("keys", "reset", "--data", server.DataDirectory);
        await server.TerminateAsync();
        File.Delete(server.AdminKeyFile);

        var lost = await sample.RunAsync("serve", "--data", server.DataDirectory, "--url", "http://127.0.0.1:0", "--admin-key-file", server.AdminKeyFile);
        var reset = await sample.RunAsync("keys", "reset", "--data", server.DataDirectory, "--admin-key-file", server.AdminKeyFile);
        await server.StartAgainAsync();
        var audit = await sample.RunAsync("audit", "--action", "key.reset", "--server", server.Address.ToString(), "--key", server.AdminKey);

        Assert.Equal(8, held.Code);
        Assert.Contains("in use by", held.Error, StringComparison.Ordinal);
        Assert.Equal(2, lost.Code);
        Assert.Contains("meanwhile keys reset --data DIR", lost.Error, StringComparison.Ordinal);
        reset.Succeeded();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.AdminKeyFile));
        Assert.Contains("key.reset", audit.Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_not_reset_where_there_is_no_store()
    {
        using var folder = new Folder();
        var end = await sample.RunAsync("keys", "reset", "--data", folder.File("nothing"));

        Assert.Equal(5, end.Code);
        Assert.False(Directory.Exists(folder.File("nothing")));
    }

    [Theory]
    [InlineData("/etc/passwd", "/etc/passwd is a file")]
    [InlineData("/etc/passwd/x", "/etc/passwd is a file")]
    [InlineData("/proc/x", "folders can't be made there")]
    public async Task A_place_that_can_be_no_data_directory_is_refused_with_a_sentence(string place, string sentence)
    {
        var end = await sample.RunAsync("serve", "--data", place, "--url", "http://127.0.0.1:0");

        Assert.Equal(2, end.Code);
        Assert.Contains($"meanwhile: {place} can't be the data directory: {sentence}.", end.Error, StringComparison.Ordinal);
    }

    private static Executable Serve(Folder folder, string data) => Executable.Start(
        "/bin/sh", ["-c", "umask 022; exec \"$0\" \"$@\"", Executable.Meanwhile, "serve", "--data", data, "--url", "http://127.0.0.1:0", "--admin-key-file", folder.File("admin.key")]);

    private static async Task<string> ListensAsync(Executable server)
    {
        var listens = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(string line)
        {
            if (line.IndexOf("http://", StringComparison.Ordinal) is >= 0 and var at) listens.TrySetResult(line[at..]);
        }

        server.OnLine = Look;
        foreach (var line in server.Out.Split('\n')) Look(line);
        return await listens.Task.WaitAsync(Executable.EndWithin);
    }
}
