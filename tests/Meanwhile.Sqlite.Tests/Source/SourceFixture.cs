using System.Text.Json;
using Meanwhile.Sources;
using Meanwhile.Sqlite.Source;

namespace Meanwhile.Sqlite.Tests.Source;

/// <summary>A directory with an allowed root, a data directory beside it, and a database in the root.</summary>
internal sealed class SourceFixture : IDisposable
{
    public SourceFixture()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("meanwhile-source-").FullName;
        Root = System.IO.Directory.CreateDirectory(Path.Combine(Directory, "root")).FullName;
        Data = System.IO.Directory.CreateDirectory(Path.Combine(Directory, "data")).FullName;
        System.IO.Directory.CreateDirectory(Path.Combine(Data, "sources"));
        File.WriteAllBytes(Path.Combine(Root, "a.db"), []);
    }

    public string Directory { get; }

    public string Root { get; }

    public string Data { get; }

    public SqliteSourceOptions Options => new() { Roots = [Root, Path.Combine(Data, "sources"), Data], DataDirectory = Data };

    public SqliteSourceFactory Factory(SqliteSourceOptions? options = null, TimeProvider? time = null) => new(options ?? Options, time ?? TimeProvider.System);

    public static SourceDefinition Definition(string settings = """{"path": "a.db"}""", SourceOptions? options = null) =>
        new("", "test", "sqlite", JsonDocument.Parse(settings).RootElement, options ?? new SourceOptions());

    public IHostedSource Create(bool readOnly = true, string settings = """{"path": "a.db"}""", int? concurrency = null, SqliteSourceOptions? server = null) =>
        Factory(server).Create(Definition(settings, new SourceOptions { ReadOnly = readOnly, Concurrency = concurrency }));

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
