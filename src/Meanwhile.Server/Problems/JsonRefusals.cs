using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Meanwhile.Problems;

namespace Meanwhile.Server;

/// <summary>Says what is wrong with a body that could not be read: by field where it is JSON, else by the place, without the body's own text.</summary>
internal static class JsonRefusals
{
    /// <summary>The problem of a body that the serializer has refused.</summary>
    public static Problem Of(ReadOnlySequence<byte> body, JsonTypeInfo json)
    {
        if (!Utf8.IsValid(body.ToArray())) return NotJson("The body is not well-formed UTF-8.");
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = json.Options.MaxDepth });
            var root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Object) return NotJson($"Found {root.KindInWords}; an object is expected.");
            return BodyFaults.Of(root, json) is { Count: > 0 } errors ? Refusals.FieldsProblem(errors) : NotJson("The body is not the JSON that is expected.");
        }
        catch (JsonException exception)
        {
            return NotJson($"The body {Fault(exception)}, at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.");
        }
    }

    private static string Fault(JsonException exception) => exception.Message switch
    {
        var message when message.Contains("maximum", StringComparison.Ordinal) => "is nested too deeply",
        var message when message.Contains("depth to be zero", StringComparison.Ordinal) || message.Contains("reached end of data", StringComparison.Ordinal) => "breaks off",
        _ => "is not well-formed JSON",
    };

    private static Problem NotJson(string detail) => new() { Code = ProblemCodes.InvalidJson, Detail = detail };
}
