using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Contracts;
using Meanwhile.Problems;

namespace Meanwhile.Server;

/// <summary>Finds everything in a body that its type does not take: a pure function from the JSON and the type to what is wrong.</summary>
/// <remarks>Looks only at bodies that the serializer has refused already, and whose own message would name types of ours.</remarks>
internal sealed class BodyFaults
{
    private const int FaultsMax = 20;
    private readonly JsonSerializerOptions _options;
    private readonly List<FieldError> _errors = [];

    private BodyFaults(JsonSerializerOptions options) => _options = options;

    /// <summary>What is wrong, at most 20 fields; empty when nothing is.</summary>
    public static IReadOnlyList<FieldError> Of(JsonElement body, JsonTypeInfo json)
    {
        var faults = new BodyFaults(json.Options);
        faults.Check("", body, json, null);
        return faults._errors;
    }

    private void Check(string path, JsonElement value, JsonTypeInfo json, JsonPropertyInfo? property)
    {
        if (_errors.Count >= FaultsMax || json.Type == typeof(JsonElement) || Nullable.GetUnderlyingType(json.Type) == typeof(JsonElement)) return;
        if (value.ValueKind is JsonValueKind.Null && (!json.Type.IsValueType || Nullable.GetUnderlyingType(json.Type) is not null)) return;
        switch (json.Kind)
        {
            case JsonTypeInfoKind.Object when value.ValueKind is JsonValueKind.Object:
                CheckFields(path, value, json);
                break;
            case JsonTypeInfoKind.Dictionary when value.ValueKind is JsonValueKind.Object:
                CheckEntries(path, value, ElementOf(json));
                break;
            case JsonTypeInfoKind.Enumerable when value.ValueKind is JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray()) Check($"{path}[{index++}]", item, ElementOf(json), null);
                break;
            case JsonTypeInfoKind.None:
                if (ScalarForms.Fault(value, json.Type, property) is { } fault) Add(path, fault);
                break;
            default:
                Add(path, $"is {ScalarForms.Shown(value)}; {(json.Kind is JsonTypeInfoKind.Enumerable ? "an array" : "an object")} is accepted");
                break;
        }
    }

    private void CheckFields(string path, JsonElement value, JsonTypeInfo json)
    {
        HashSet<string> seen = [];
        foreach (var field in value.EnumerateObject())
        {
            if (NameOf(path, field) is not { } name) continue;
            var inner = path.Length == 0 ? name : $"{path}.{name}";
            var property = json.Properties.FirstOrDefault(candidate => candidate.Name == name);
            if (property is null) Add(path.Length == 0 ? Refusals.Short(name) : $"{path}.{Refusals.Short(name)}", Unknown(json));
            else if (!seen.Add(name)) Add(inner, "is given more than once");
            else Check(inner, field.Value, _options.GetTypeInfo(property.PropertyType), property);
        }
    }

    private void CheckEntries(string path, JsonElement value, JsonTypeInfo element)
    {
        HashSet<string> seen = [];
        foreach (var entry in value.EnumerateObject())
        {
            if (NameOf(path, entry) is not { } name) continue;
            var inner = $"{path}.{Refusals.Short(name)}";
            if (!seen.Add(name)) Add(inner, "is given more than once");
            else Check(inner, entry.Value, element, null);
        }
    }

    private string? NameOf(string path, JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException)
        {
            Add(path.Length == 0 ? "body" : path, "has a field whose name is not well-formed Unicode (a lone surrogate)");
            return null;
        }
    }

    private static string Unknown(JsonTypeInfo json) => json.Properties.Count == 0
        ? "is no field here; none is accepted"
        : $"is no field here; known are {string.Join(", ", json.Properties.Select(property => property.Name).Order(StringComparer.Ordinal))}";

    private JsonTypeInfo ElementOf(JsonTypeInfo json) => _options.GetTypeInfo(json.Type.GetGenericArguments()[^1]);

    private void Add(string path, string message)
    {
        if (_errors.Count < FaultsMax) _errors.Add(new FieldError(path, message));
    }
}
