using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Meanwhile.Contracts;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.OpenApi;

/// <summary>Writes the OpenAPI 3.1 document of a list of operations.</summary>
/// <remarks>Made from the same list as the routes, and schemas from the same contracts as the bodies, so that it can't differ from what is served, whatever the host sets for its own JSON.</remarks>
internal static partial class OpenApiDocument
{
    private static readonly int[] ProblemsOfAll = [StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable];

    /// <summary>The document as UTF-8.</summary>
    public static byte[] Of(IReadOnlyList<Operation> operations)
    {
        var schemas = new Schemas();
        JsonObject paths = [];
        foreach (var operation in operations)
        {
            var path = CatchAll().Replace(operation.Pattern, "{");
            if (paths[path] is not JsonObject methods) paths[path] = methods = [];
            methods[operation.Method.ToLowerInvariant()] = Describe(operation, schemas);
        }

        JsonObject document = new()
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Meanwhile", ["version"] = "1", ["description"] = "Runs long queries and jobs meanwhile." },
            ["security"] = new JsonArray(new JsonObject { ["key"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["key"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["bearerFormat"] = "mw_id_secret" } },
                ["schemas"] = schemas.Components,
            },
        };
        return System.Text.Encoding.UTF8.GetBytes(document.ToJsonString(ContractsJson.Wire.Options));
    }

    private static JsonObject Describe(Operation operation, Schemas schemas)
    {
        JsonObject description = new()
        {
            ["operationId"] = operation.Name,
            ["summary"] = operation.Summary,
            ["tags"] = new JsonArray(Tag(operation.Pattern)),
        };
        if (operation.IsOpen) description["security"] = new JsonArray();
        var parameters = Parameters(operation);
        if (parameters.Count > 0) description["parameters"] = parameters;
        if (operation.Body is { } body) description["requestBody"] = new JsonObject { ["required"] = !operation.BodyIsOptional, ["content"] = new JsonObject { ["application/json"] = Media(schemas.Reference(body)) } };
        description["responses"] = Responses(operation, schemas);
        return description;
    }

    private static JsonArray Parameters(Operation operation)
    {
        JsonArray parameters = [];
        foreach (Match name in RouteParameter().Matches(operation.Pattern))
        {
            parameters.Add((JsonNode)new JsonObject { ["name"] = name.Groups[1].Value, ["in"] = "path", ["required"] = true, ["schema"] = new JsonObject { ["type"] = "string" } });
        }

        foreach (var parameter in operation.Query) parameters.Add((JsonNode)Describe(parameter, "query"));
        foreach (var header in operation.Headers) parameters.Add((JsonNode)Describe(header, "header"));
        if (!operation.IsOpen) parameters.Add((JsonNode)Describe(new QueryParameter(HeaderNames.Project, "string", "The project in which an instance admin wants to act."), "header"));
        return parameters;
    }

    private static JsonObject Describe(QueryParameter parameter, string place)
    {
        var type = new JsonObject { ["type"] = parameter.Type };
        return new JsonObject
        {
            ["name"] = parameter.Name,
            ["in"] = place,
            ["description"] = parameter.Description,
            ["schema"] = parameter.IsList ? new JsonObject { ["type"] = "array", ["items"] = type } : type,
        };
    }

    private static JsonObject Responses(Operation operation, Schemas schemas)
    {
        JsonObject responses = [];
        foreach (var answer in operation.Answers)
        {
            JsonObject response = new() { ["description"] = answer.Description };
            JsonObject content = [];
            if (answer.Json is { } json) content["application/json"] = Media(answer.OrJson is { } other ? new JsonObject { ["oneOf"] = new JsonArray(schemas.Reference(json), schemas.Reference(other)) } : schemas.Reference(json));
            foreach (var mediaType in answer.MediaTypes) content[mediaType] = new JsonObject();
            if (content.Count > 0) response["content"] = content;
            responses[Text(answer.Status)] = response;
        }

        foreach (var status in Problems(operation))
        {
            responses[Text(status)] = new JsonObject
            {
                ["description"] = "A problem; its code says which.",
                ["content"] = new JsonObject { [ProblemResource.MediaType] = Media(schemas.Reference(ContractsJson.Wire.ProblemResource)) },
            };
        }

        return responses;
    }

    private static IEnumerable<int> Problems(Operation operation)
    {
        if (operation.IsOpen) return [];
        List<int> statuses = [.. ProblemsOfAll];
        if (operation.Pattern.Contains('{', StringComparison.Ordinal)) statuses.Add(StatusCodes.Status404NotFound);
        if (operation.Method != "GET" || operation.Pattern.Contains("/result", StringComparison.Ordinal)) statuses.Add(StatusCodes.Status409Conflict);
        if (operation.Pattern.Contains("/result", StringComparison.Ordinal) || operation.Pattern.EndsWith("/events", StringComparison.Ordinal)) statuses.Add(StatusCodes.Status410Gone);
        if (operation.Body is not null) statuses.AddRange(StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType);
        statuses.Add(StatusCodes.Status500InternalServerError);
        return statuses.Order();
    }

    private static JsonObject Media(JsonNode schema) => new() { ["schema"] = schema };

    private static string Text(int status) => status.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Tag(string pattern) => pattern.Split('/', StringSplitOptions.RemoveEmptyEntries) is ["v1", var resource, ..] ? resource : "server";

    [GeneratedRegex(@"\{\*\*")]
    private static partial Regex CatchAll();

    [GeneratedRegex(@"\{\**(\w+)\}")]
    private static partial Regex RouteParameter();
}
