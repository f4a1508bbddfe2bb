using System.Globalization;
using System.Text.Json;
using Meanwhile.Problems;

namespace Meanwhile.Tools;

/// <summary>Checks params against a schema that <see cref="SchemaWords"/> accepts: a pure function to what is wrong, field by field.</summary>
internal static class ParamsSchema
{
    private const int ErrorsMax = 20;

    /// <summary>What is wrong, at most 20 fields; empty when nothing is.</summary>
    /// <param name="schema">Undefined = anything is right.</param>
    public static IReadOnlyList<FieldError> Errors(JsonElement schema, JsonElement parameters, string tool)
    {
        List<FieldError> errors = [];
        if (schema.ValueKind == JsonValueKind.Object) new Look(errors, tool).Check("params", schema, parameters);
        return errors.Count > ErrorsMax ? errors[..ErrorsMax] : errors;
    }

    private sealed class Look(List<FieldError> errors, string tool)
    {
        public void Check(string path, JsonElement schema, JsonElement value)
        {
            if (errors.Count >= ErrorsMax) return;
            if (schema.TryGetProperty("type", out var type) && !IsOneOf(type, value)) Add(path, $"is {value.KindInWords}; {InWords(type)} is accepted");
            else if (schema.TryGetProperty("enum", out var choices) && !choices.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, value))) Add(path, $"is none of {Listed(choices)}");
            else if (schema.TryGetProperty("const", out var only) && !JsonElement.DeepEquals(only, value)) Add(path, $"is not {Listed(only)}, which alone is accepted");
            else CheckInner(path, schema, value);
        }

        private void CheckInner(string path, JsonElement schema, JsonElement value)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    CheckObject(path, schema, value);
                    break;
                case JsonValueKind.Array:
                    CheckArray(path, schema, value);
                    break;
                case JsonValueKind.String:
                    CheckText(path, schema, value.GetString()!);
                    break;
                case JsonValueKind.Number:
                    CheckNumber(path, schema, value.GetDouble());
                    break;
            }
        }

        private void CheckObject(string path, JsonElement schema, JsonElement value)
        {
            var known = schema.TryGetProperty("properties", out var properties) ? properties : default;
            var others = schema.TryGetProperty("additionalProperties", out var additional) ? additional : default;
            if (schema.TryGetProperty("required", out var required))
            {
                foreach (var name in required.EnumerateArray().Select(name => name.GetString()!).Where(name => !value.TryGetProperty(name, out _))) Add($"{path}.{name}", $"is missing; tool '{tool}' needs it");
            }

            foreach (var property in value.EnumerateObject())
            {
                var inner = $"{path}.{property.Name}";
                if (known.ValueKind == JsonValueKind.Object && known.TryGetProperty(property.Name, out var own)) Check(inner, own, property.Value);
                else if (others.ValueKind == JsonValueKind.Object) Check(inner, others, property.Value);
                else if (others.ValueKind == JsonValueKind.False) Add(inner, $"is not a parameter of tool '{tool}'; it takes {(known.ValueKind == JsonValueKind.Object ? string.Join(", ", known.EnumerateObject().Select(one => one.Name)) : "none")}");
            }
        }

        private void CheckArray(string path, JsonElement schema, JsonElement value)
        {
            var length = value.GetArrayLength();
            if (Count(schema, "minItems") is { } least && length < least) Add(path, $"has {length} items; at least {least} are accepted");
            if (Count(schema, "maxItems") is { } most && length > most) Add(path, $"has {length} items; at most {most} are accepted");
            if (!schema.TryGetProperty("items", out var items)) return;
            var index = 0;
            foreach (var item in value.EnumerateArray()) Check($"{path}[{index++}]", items, item);
        }

        private void CheckText(string path, JsonElement schema, string value)
        {
            var length = new StringInfo(value).LengthInTextElements;
            if (Count(schema, "minLength") is { } least && length < least) Add(path, $"has {length} characters; at least {least} are accepted");
            if (Count(schema, "maxLength") is { } most && length > most) Add(path, $"has {length} characters; at most {most} are accepted");
            if (schema.TryGetProperty("pattern", out var pattern) && !SchemaWords.Pattern(pattern.GetString()!).IsMatch(value)) Add(path, $"does not match {pattern.GetString()}");
        }

        private void CheckNumber(string path, JsonElement schema, double value)
        {
            if (Bound(schema, "minimum") is { } least && value < least) Add(path, $"is {Text(value)}; {Text(least)} or more is accepted");
            if (Bound(schema, "maximum") is { } most && value > most) Add(path, $"is {Text(value)}; at most {Text(most)} is accepted");
            if (Bound(schema, "exclusiveMinimum") is { } above && value <= above) Add(path, $"is {Text(value)}; more than {Text(above)} is accepted");
            if (Bound(schema, "exclusiveMaximum") is { } below && value >= below) Add(path, $"is {Text(value)}; less than {Text(below)} is accepted");
        }

        private void Add(string path, string message) => errors.Add(new FieldError(path, message));
    }

    private static bool IsOneOf(JsonElement type, JsonElement value) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(one => Is(one.GetString()!, value)) : Is(type.GetString()!, value);

    private static bool Is(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && double.IsInteger(value.GetDouble()),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    private static string InWords(JsonElement type) => string.Join(" or ", type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(one => one.GetString()) : [type.GetString()]);

    private static string Listed(JsonElement value) => value.GetRawText() is { Length: > 200 } text ? text[..200] + "..." : value.GetRawText();

    private static int? Count(JsonElement schema, string word) => schema.TryGetProperty(word, out var value) ? value.GetInt32() : null;

    private static double? Bound(JsonElement schema, string word) => schema.TryGetProperty(word, out var value) ? value.GetDouble() : null;

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
