using System.Runtime.InteropServices;
using Meanwhile.Jobs;
using Meanwhile.Sources;

namespace Meanwhile.Sqlite.Tests.Source;

public sealed partial class PathTests : SourceTestBase
{
    private string Outside(string name = "outside.db")
    {
        var path = Path.Combine(Fixture.Directory, name);
        File.WriteAllBytes(path, []);
        return path;
    }

    private Task<JobError> RefusalAsync(string path) => ErrorAsync("select 1", settings: $$"""{"path": "{{path}}"}""");

    [Fact]
    public async Task A_path_out_of_the_roots_is_refused()
    {
        Outside();

        Assert.Equal("path_not_allowed", (await RefusalAsync(Path.Combine(Fixture.Directory, "outside.db"))).Code);
        Assert.Equal("path_not_allowed", (await RefusalAsync("../outside.db")).Code);
        Assert.Equal("path_not_allowed", (await RefusalAsync(Fixture.Root + "-beside/x.db")).Code);
    }

    [Fact]
    public async Task A_link_out_of_the_roots_is_refused_in_any_component()
    {
        Outside();
        File.CreateSymbolicLink(Path.Combine(Fixture.Root, "link.db"), "../outside.db");
        Directory.CreateSymbolicLink(Path.Combine(Fixture.Root, "up"), Fixture.Directory);
        File.CreateSymbolicLink(Path.Combine(Fixture.Root, "circle.db"), "circle.db");

        foreach (var path in (string[])["link.db", "up/outside.db", "circle.db"])
        {
            Assert.Equal((ErrorKind.Permission, "path_not_allowed"), ((await RefusalAsync(path)).Type, (await RefusalAsync(path)).Code));
        }
    }

    [Fact]
    public async Task A_link_within_the_roots_is_followed()
    {
        File.CreateSymbolicLink(Path.Combine(Fixture.Root, "link.db"), "a.db");
        await using var source = Fixture.Create(settings: """{"path": "link.db"}""");

        Assert.IsType<StatementOutcome.Completed>((await RunAsync(source, "select 1")).Outcome);
    }

    [Fact]
    public async Task The_servers_own_files_are_refused_by_name_by_link_and_by_inode()
    {
        var store = Path.Combine(Fixture.Data, "store.db");
        await File.WriteAllBytesAsync(store, []);
        File.CreateSymbolicLink(Path.Combine(Fixture.Root, "symbolic.db"), store);
        Assert.Equal(0, Link(store, Path.Combine(Fixture.Root, "hard.db")));

        foreach (var path in (string[])[store, "symbolic.db", "hard.db"])
        {
            var error = await RefusalAsync(path);
            Assert.Equal((ErrorKind.Permission, "path_not_allowed"), (error.Type, error.Code));
            Assert.Contains("server's own", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_hard_link_to_the_stores_journal_is_refused()
    {
        var journal = Path.Combine(Fixture.Data, "store.db-wal");
        await File.WriteAllBytesAsync(journal, []);
        Assert.Equal(0, Link(journal, Path.Combine(Fixture.Root, "hard.db")));

        Assert.Equal("path_not_allowed", (await RefusalAsync("hard.db")).Code);
    }

    [Fact]
    public async Task The_sources_folder_of_the_data_directory_is_allowed()
    {
        var path = Path.Combine(Fixture.Data, "sources", "b.db");
        await File.WriteAllBytesAsync(path, []);
        await using var source = Fixture.Create(settings: $$"""{"path": "{{path}}"}""");

        Assert.IsType<StatementOutcome.Completed>((await RunAsync(source, "select 1")).Outcome);
    }

    [Fact]
    public async Task A_missing_file_is_not_found_and_not_made()
    {
        foreach (var readOnly in (bool[])[true, false])
        {
            var error = await ErrorAsync("select 1", readOnly: readOnly, settings: """{"path": "missing.db"}""");

            Assert.Equal((ErrorKind.NotFound, "file_not_found"), (error.Type, error.Code));
            Assert.Contains("path", error.Hint, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(Path.Combine(Fixture.Root, "missing.db")));
    }

    [Fact]
    public async Task A_missing_file_is_made_where_the_settings_say_so()
    {
        await using var source = Fixture.Create(readOnly: false, """{"path": "made.db", "create": true}""");

        Assert.IsType<StatementOutcome.Completed>((await RunAsync(source, "create table t (x)")).Outcome);
        Assert.True(File.Exists(Path.Combine(Fixture.Root, "made.db")));
    }

    [Fact]
    public async Task What_is_no_ordinary_file_is_refused_at_once()
    {
        Assert.Equal(0, MakePipe(Path.Combine(Fixture.Root, "pipe.db"), 0x180)); // opening one would wait for a writer for ever
        Directory.CreateDirectory(Path.Combine(Fixture.Root, "directory.db"));

        Assert.Equal("path_not_allowed", (await RefusalAsync("pipe.db")).Code);
        Assert.Equal("path_not_allowed", (await RefusalAsync("directory.db")).Code);
    }

    [Theory]
    [InlineData("""{"path": "file:a.db?mode=rw"}""", "settings.path")]
    [InlineData("""{"path": ":memory:"}""", "settings.path")]
    [InlineData("""{"path": ""}""", "settings.path")]
    [InlineData("""{"path": 3}""", "settings.path")]
    [InlineData("""{"path": "a.db-wal"}""", "settings.path")]
    [InlineData("""{"path": "a.db-shm"}""", "settings.path")]
    [InlineData("""{"path": "../x.db"}""", "settings.path")]
    [InlineData("""{"path": "a\u0000b"}""", "settings.path")]
    [InlineData("{}", "settings.path")]
    [InlineData("[]", "settings")]
    [InlineData("""{"path": "a.db", "create": true}""", "settings.create")]
    [InlineData("""{"path": "a.db", "create": 1}""", "settings.create")]
    [InlineData("""{"path": "a.db", "cache_size_kib": 1}""", "settings.cache_size_kib")]
    [InlineData("""{"path": "a.db", "memory_max_bytes": "1"}""", "settings.memory_max_bytes")]
    [InlineData("""{"path": "a.db", "busy_timeout_ms": -1}""", "settings.busy_timeout_ms")]
    [InlineData("""{"path": "a.db", "mode": "rw"}""", "settings.mode")]
    public void Wrong_settings_are_named_before_anything_is_opened(string settings, string field) =>
        Assert.Equal([field], Fixture.Factory().Check(SourceFixture.Definition(settings)).Select(error => error.Field));

    [Fact]
    public void Good_settings_have_no_errors() => Assert.Empty(Fixture.Factory().Check(SourceFixture.Definition(
        """{"path": "a.db", "cache_size_kib": 64, "memory_max_bytes": 1048576, "busy_timeout_ms": 0}""")));

    [Fact]
    public async Task A_probe_says_what_is_wrong_with_the_file()
    {
        await using var source = Fixture.Create(settings: """{"path": "missing.db"}""");

        Assert.Equal("file_not_found", (await source.ProbeAsync(CancellationToken.None))!.Code);
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}
