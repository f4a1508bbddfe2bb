using System.Text.Json;
using System.Text.Json.Nodes;
using Meanwhile.Access;
using Meanwhile.Client;
using Meanwhile.Sources;

namespace Meanwhile.EndToEnd.Tests.Running;

/// <summary>Makes what these tests ask of a server.</summary>
internal static class Ask
{
    /// <summary>A statement that would run for hours, in constant memory.</summary>
    public const string ForHours = "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c";

    /// <summary>A query with named parameters.</summary>
    public static JobRequest Query(string source, string sql, params (string Name, JsonNode Value)[] parameters)
    {
        var named = new JsonObject(parameters.Select(parameter => KeyValuePair.Create(parameter.Name, (JsonNode?)parameter.Value)));
        return new JobRequest { Tool = "query", Source = source, Params = Element(new JsonObject { ["sql"] = sql, ["parameters"] = named }) };
    }

    /// <summary>An empty database in the server's folder for them, and a source of its name for it.</summary>
    public static async Task MakeSourceAsync(this ServerProcess server, string name, bool readOnly = true, int concurrency = 8, int busyTimeoutMs = 5_000)
    {
        await File.WriteAllBytesAsync(Path.Combine(server.SourcesDirectory, $"{name}.db"), []);
        using var client = server.Client();
        var settings = Element(new JsonObject { ["path"] = $"{name}.db", ["busy_timeout_ms"] = busyTimeoutMs });
        await client.PutSourceAsync(new SourceRequest(name, "sqlite", settings, new SourceOptions { ReadOnly = readOnly, Concurrency = concurrency }), create: true, CancellationToken.None);
    }

    /// <summary>A client that tries once: what becomes of each request is what the test is about.</summary>
    public static MeanwhileClient ImpatientClient(this ServerProcess server) =>
        new(new MeanwhileClientOptions { Server = server.Address, Key = server.AdminKey, TriesMax = 1 });

    private static JsonElement Element(JsonNode node)
    {
        using var document = JsonDocument.Parse(node.ToJsonString());
        return document.RootElement.Clone();
    }
}
