using System.Net;
using System.Text.Json;
using Meanwhile.Server.Tests.Access;
using Meanwhile.Server.Tests.Hosting;

[assembly: AssemblyFixture(typeof(RealStack))]

namespace Meanwhile.Server.Tests.Access;

/// <summary>One real instance for all tests that only ask it something, with a read-only source <c>db</c> and a writable one <c>rw</c>.</summary>
public sealed class RealStack : IAsyncLifetime
{
    private RealInstance _instance = null!;

    internal RealInstance Instance => _instance;

    public async ValueTask InitializeAsync()
    {
        _instance = await RealInstance.StartAsync(isFar: true);
        await AddSourceAsync(_instance, "db");
        await AddSourceAsync(_instance, "rw", readOnly: false);
    }

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    internal Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, string? json = null, params ReadOnlySpan<(string, string)> headers) =>
        _instance.Server.SendAsync(method, address, json, _instance.AdminToken, headers);

    /// <summary>Submits a query with more fields, and returns the answer.</summary>
    internal Task<HttpResponseMessage> QueryAsync(string sql, string more = "", string source = "db") =>
        SendAsync(HttpMethod.Post, "/v1/queries", $$"""{"source": "{{source}}", "sql": "{{JsonEncodedText.Encode(sql)}}"{{more}}}""");

    /// <summary>Runs a query to its ending.</summary>
    internal async Task<JsonElement> RunAsync(string sql, string more = "", string source = "db")
    {
        using var response = await QueryAsync(sql, $$"""{{more}}, "wait_seconds": 60""", source);
        var job = await response.JsonAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, job.GetRawText());
        return job;
    }

    /// <summary>Makes an empty database, and a source of it.</summary>
    internal static async Task AddSourceAsync(RealInstance instance, string name, bool readOnly = true)
    {
        var path = Path.Combine(instance.SourceFolder, $"{name}.db");
        await File.WriteAllBytesAsync(path, []);
        var json = $$"""{"name": "{{name}}", "type": "sqlite", "settings": {"path": "{{JsonEncodedText.Encode(path)}}"}, "options": {"read_only": {{(readOnly ? "true" : "false")}} } }""";
        using var made = await instance.Server.SendAsync(HttpMethod.Post, "/v1/sources", json, instance.AdminToken);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
    }
}
