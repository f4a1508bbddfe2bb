using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Contracts;

namespace Meanwhile.Server.OpenApi;

/// <summary>Collects the JSON schemas of what goes over the wire, one for each named type.</summary>
internal sealed class Schemas
{
    private readonly HashSet<string> _begun = [];

    /// <summary>The schemas by name.</summary>
    public JsonObject Components { get; } = [];

    /// <summary>A reference to a type's schema, which is added when it is not there yet.</summary>
    public JsonNode Reference(JsonTypeInfo json)
    {
        var name = NameOf(json.Type);
        if (_begun.Add(name)) Components[name] = Export(json);
        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }

    private JsonNode Export(JsonTypeInfo root) => root.GetJsonSchemaAsNode(new JsonSchemaExporterOptions
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, schema) => Transform(root, context, schema),
    });

    private JsonNode Transform(JsonTypeInfo root, JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (type == typeof(DateTimeOffset)) return new JsonObject { ["type"] = "string", ["format"] = "date-time" };
        if (type == typeof(RawJson)) return new JsonObject { ["description"] = "Any JSON value." };
        var isOurs = type.Assembly == typeof(ContractsJson).Assembly && context.TypeInfo.Kind == JsonTypeInfoKind.Object;
        return isOurs && type != root.Type ? Reference(root.Options.GetTypeInfo(type)) : schema;
    }

    private static string NameOf(Type type) =>
        type.IsGenericType ? $"ListOf{type.GetGenericArguments()[0].Name}" : type.Name;
}
