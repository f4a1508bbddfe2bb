using System.Net;
using System.Net.Sockets;
using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Commands;

public sealed class ConnectionTests(SampleServer sample)
{
    [Fact]
    public async Task Login_is_remembered_for_its_server_alone_in_a_file_of_the_owners()
    {
        using var folder = new Folder();
        (string, string?)[] environment = [("XDG_CONFIG_HOME", folder.Path), ("MEANWHILE_URL", null), ("MEANWHILE_KEY", null)];
        var server = sample.Server.Address.ToString();

        var before = await sample.RunAsync(["list", "--server", server], null, environment);
        var wrong = await sample.RunAsync(["login", "--server", server, "--key", "mw_no_key"], null, environment);
        var login = await sample.RunAsync(["login", "--server", server], sample.Server.AdminKey + "\n", environment);
        var after = await sample.RunAsync(["list"], null, environment);
        var elsewhere = await sample.RunAsync(["list", "--server", "http://127.0.0.1:9"], null, environment);
        var file = folder.File(Path.Combine("meanwhile", "login.json"));
        var mode = File.GetUnixFileMode(file);
        (await sample.RunAsync(["logout"], null, environment)).Succeeded();

        Assert.Equal(6, before.Code);
        Assert.Equal(6, wrong.Code);
        login.Succeeded();
        after.Succeeded();
        Assert.Equal(6, elsewhere.Code);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task A_server_that_is_not_there_ends_with_7()
    {
        var end = await sample.RunAsync("stats", "--server", $"http://127.0.0.1:{FreePort()}");

        Assert.Equal(7, end.Code);
        Assert.Single(end.Error.Split('\n'), line => line.StartsWith("meanwhile: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("query")]
    [InlineData("query", "select 1", "--params", "{")]
    [InlineData("query", "select 1", "--param", "x")]
    [InlineData("query", "select 1", "--format", "xml")]
    [InlineData("list", "--since", "yesterday")]
    [InlineData("list", "--status", "done")]
    [InlineData("nonsense")]
    [InlineData("status")]
    [InlineData("query", "select 1", "--source", "flights", "--ttl-hours", "169")]
    [InlineData("query", "select 1", "--source", "flights", "--priority", "11")]
    [InlineData("stats", "--server", "ftp://x")]
    public async Task Wrong_usage_ends_with_2_and_one_clear_line(params string[] arguments)
    {
        var end = await sample.RunAsync(arguments);

        Assert.Equal(2, end.Code);
        Assert.StartsWith("meanwhile: ", end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_project_that_the_key_can_not_act_in_is_named_with_those_that_it_can_and_what_to_do()
    {
        var key = (await sample.RunAsync("keys", "create")).Succeeded().Split('\n').Select(line => line.Trim()).Single(line => line.Contains("mw_", StringComparison.Ordinal));
        var token = key[key.IndexOf("mw_", StringComparison.Ordinal)..];
        var admin = await sample.RunAsync("list", "--project", "nope");
        var plain = await sample.RunAsync("list", "--project", "nope", "--key", token);

        Assert.Equal((6, 6), (admin.Code, plain.Code));
        Assert.Matches("There is no project 'nope'.* by default in 'default': choose one", admin.Error);
        Assert.Matches("This key belongs to project 'default' and can't act in project 'nope'.* Leave the project out, or use a key", plain.Error);
    }

    [Fact]
    public async Task A_wrong_field_is_named_with_what_is_accepted()
    {
        var end = await sample.RunAsync("query", "select 1", "--source", "flights", "--ttl-hours", "0");

        Assert.Matches("(?m)^  ttl_hours: .*168", end.Error);
    }

    [Fact]
    public async Task A_fault_of_a_field_is_said_once()
    {
        var end = await sample.RunAsync("query", "select 1", "--source", "flights", "--priority", "11");

        Assert.Single(end.Error.Split('\n'), line => line.Contains("11", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_doctor_says_of_a_store_that_is_none_what_a_start_would_say()
    {
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.File("meanwhile.db"), "garbage");

        var doctor = await sample.RunAsync("doctor", "--data", folder.Path);
        var serve = await sample.RunAsync("serve", "--data", folder.Path, "--url", "http://127.0.0.1:0");

        const string Sentence = "is damaged or not a store of Meanwhile";
        Assert.Equal(1, doctor.Code);
        Assert.Contains(Sentence, doctor.Out, StringComparison.Ordinal);
        Assert.Contains(Sentence, serve.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("watch")]
    [InlineData("result")]
    [InlineData("cancel")]
    [InlineData("retry")]
    [InlineData("events")]
    [InlineData("attempts")]
    [InlineData("log")]
    [InlineData("sources", "show")]
    [InlineData("keys", "revoke")]
    [InlineData("limits", "show")]
    public async Task An_empty_argument_is_wrong_usage_that_names_it(params string[] command)
    {
        var end = await sample.RunAsync([.. command, ""]);

        Assert.Equal(2, end.Code);
        Assert.Matches("^meanwhile: The argument <[a-z]+> is empty", end.Error);
    }

    [Theory]
    [InlineData("nodes", "drain", "--wiat")]
    [InlineData("query", "--source", "sales", "--dryrun")]
    [InlineData("status", "--jsn=1")]
    public async Task A_misspelled_option_is_wrong_usage_and_no_argument(params string[] command)
    {
        var end = await sample.RunAsync(command);

        Assert.Equal(2, end.Code);
        Assert.Contains($"'{command[^1]}' is no option of this command.", end.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mw\nx", 6, "MEANWHILE_KEY holds a control character")]
    [InlineData("mw\u2603", 6, "MEANWHILE_KEY holds a character that is not ASCII")]
    public async Task A_key_that_no_request_could_carry_is_refused(string key, int code, string sentence)
    {
        var end = await sample.RunAsync(["list"], null, ("MEANWHILE_KEY", key));

        Assert.Equal(code, end.Code);
        Assert.Contains(sentence, end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_a_line_is_no_part_of_a_key() => (await sample.RunAsync(["list"], null, ("MEANWHILE_KEY", sample.Server.AdminKey + "\r\n"))).Succeeded();

    [Theory]
    [InlineData("'abc' does not fit command 'set': a whole number is accepted", "limits", "set", "foo", "abc")]
    [InlineData("a whole number is accepted", "list", "--limit", "many")]
    [InlineData("--params is not JSON: it breaks off, or holds something unexpected, at line 1, byte 2", "submit", "query", "--params", "{bad")]
    public async Task What_does_not_fit_is_told_without_the_runtimes_own_words(string sentence, params string[] arguments)
    {
        var end = await sample.RunAsync(arguments);

        Assert.Equal(2, end.Code);
        Assert.Contains(sentence, end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_source_is_refused()
    {
        var end = await sample.RunAsync("query", "select 1", "--source", "nowhere");

        Assert.NotEqual(0, end.Code);
        Assert.Contains("nowhere", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_finds_nothing_wrong_with_a_server_that_works()
    {
        var end = await sample.RunAsync("doctor", "--data", sample.Server.DataDirectory);

        Assert.Contains("ok       server", end.Succeeded(), StringComparison.Ordinal);
        Assert.Matches("ok +sources +[0-9]+ of [0-9]+ can be used", end.Out);
        Assert.Matches("ok +data directory +Last served at http://127.0.0.1:[0-9]+ by process [0-9]+", end.Out);
        Assert.Contains("clock", end.Out, StringComparison.Ordinal);
        Assert.Contains("disk", end.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_says_what_to_do_about_what_is_wrong()
    {
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.File("meanwhile.json"), """{"sorces": []}""");

        var end = await sample.RunAsync("doctor", "--config", folder.File("meanwhile.json"), "--server", $"http://127.0.0.1:{FreePort()}");

        Assert.Equal(1, end.Code);
        Assert.Contains("'sorces'", end.Out, StringComparison.Ordinal);
        Assert.Contains("-> Start one with 'meanwhile serve'", end.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_lists_the_exit_codes_and_every_command_has_help()
    {
        var help = (await sample.RunAsync("--help")).Succeeded();
        Assert.Contains("130  interrupted", help, StringComparison.Ordinal);

        string[] commands = ["serve", "query", "submit", "status", "watch", "cancel", "retry", "result", "list", "events", "attempts", "log", "sources", "keys", "projects", "limits", "audit", "stats", "nodes", "login", "logout", "doctor"];
        foreach (var command in commands)
        {
            Assert.Contains($"  {command} ", help, StringComparison.Ordinal);
            Assert.Contains("Usage:", (await sample.RunAsync(command, "--help")).Succeeded(), StringComparison.Ordinal);
        }
    }

    /// <summary>A port that was free just now.</summary>
    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
