using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.EndToEnd.Tests.Running;
using Meanwhile.Samples.Data;
using Meanwhile.Sources;

[assembly: AssemblyFixture(typeof(SampleServer))]

namespace Meanwhile.EndToEnd.Tests.Running;

/// <summary>One server for all tests that do not stop it, with the sample data as sources <c>flights</c> (typed) and <c>texts</c> (all text).</summary>
public sealed class SampleServer : IAsyncLifetime
{
    private readonly string _config = Directory.CreateTempSubdirectory("meanwhile-config-").FullName;

    public ServerProcess Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await ServerProcess.StartAsync();
        using var client = Server.Client();
        foreach (var (name, form) in new[] { ("flights", CellForm.Typed), ("texts", CellForm.AllText) })
        {
            SampleDatabase.Create(Path.Combine(Server.SourcesDirectory, $"{name}.db"), form);
            using var settings = JsonDocument.Parse($$"""{"path": "{{name}}.db"}""");
            await client.PutSourceAsync(new SourceRequest(name, "sqlite", settings.RootElement, new SourceOptions()), create: true, CancellationToken.None);
        }
    }

    /// <summary>What tells <c>meanwhile</c> the server and the admin key.</summary>
    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?>
    {
        ["MEANWHILE_URL"] = Server.Address.ToString(),
        ["MEANWHILE_KEY"] = Server.AdminKey,
        ["XDG_CONFIG_HOME"] = _config,
    };

    /// <summary>Runs <c>meanwhile</c> with the admin key, and waits for its end.</summary>
    public Task<CommandEnd> RunAsync(params string[] arguments) => RunAsync(arguments, input: null);

    /// <summary>Runs <c>meanwhile</c>, and waits for its end.</summary>
    /// <param name="input">What it reads from standard input.</param>
    /// <param name="environment">Added to that which names the server and the key.</param>
    public async Task<CommandEnd> RunAsync(string[] arguments, string? input, params (string Name, string? Value)[] environment)
    {
        await using var process = Start(arguments, input, environment);
        var code = await process.EndAsync();
        return new CommandEnd(code, process.Out, process.Error);
    }

    /// <summary>Starts <c>meanwhile</c> and does not wait.</summary>
    public Executable Start(string[] arguments, string? input = null, params (string Name, string? Value)[] environment)
    {
        var variables = new Dictionary<string, string?>(Environment);
        foreach (var (name, value) in environment) variables[name] = value;
        return Executable.Start(Executable.Meanwhile, arguments, variables, input);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(_config, recursive: true);
    }
}

/// <summary>How a command ended, and what it wrote.</summary>
public sealed record CommandEnd(int Code, string Out, string Error)
{
    /// <summary>The output, of a command that has to succeed.</summary>
    public string Succeeded()
    {
        Assert.True(Code == 0, $"ended with {Code}\nout:\n{Out}\nerror:\n{Error}");
        return Out;
    }

    /// <summary>The lines of what was printed.</summary>
    public string[] Lines => Out.Split('\n');
}
