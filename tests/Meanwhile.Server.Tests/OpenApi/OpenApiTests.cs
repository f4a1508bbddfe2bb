using System.Text.Json;
using Meanwhile.Server.Operations;
using Meanwhile.Server.Tests.Doubles;
using Meanwhile.Server.Tests.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Meanwhile.Server.Tests.OpenApi;

public sealed class OpenApiTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private JsonElement _document;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(new ScriptedEngine());
        using var response = await _server.SendAsync(HttpMethod.Get, "/openapi/v1.json", token: null);
        _document = await response.JsonAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public void The_document_lists_exactly_the_mapped_endpoints()
    {
        var mapped = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is not null)
            .Select(endpoint => $"{endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]} {endpoint.RoutePattern.RawText!.Replace("**", "", StringComparison.Ordinal)}");
        var listed = _document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"));

        Assert.Equal(mapped.Order(), listed.Order());
        Assert.Equal(OperationTable.All.Count, listed.Count());
    }

    [Fact]
    public void Every_reference_leads_to_a_schema_and_names_are_snake_case()
    {
        var schemas = _document.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(schema => $"#/components/schemas/{schema.Name}").ToHashSet();
        var references = References(_document).ToArray();

        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.Contains(reference, schemas));
        var job = _document.GetProperty("components").GetProperty("schemas").GetProperty("JobResource").GetProperty("properties");
        Assert.True(job.TryGetProperty("poll_after_ms", out _));
        Assert.Equal("date-time", job.GetProperty("created_at").Text("format"));
    }

    [Fact]
    public void Every_operation_has_answers_a_unique_id_and_problems()
    {
        var operations = _document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()).ToArray();

        Assert.Equal(operations.Length, operations.Select(operation => operation.Value.Text("operationId")).Distinct().Count());
        foreach (var operation in operations)
        {
            var statuses = operation.Value.GetProperty("responses").EnumerateObject().Select(response => response.Name).ToArray();
            Assert.NotEmpty(statuses);
            if (!operation.Value.TryGetProperty("security", out _)) Assert.Contains("401", statuses);
        }
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => property.Name == "$ref" ? [property.Value.GetString()!] : References(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
