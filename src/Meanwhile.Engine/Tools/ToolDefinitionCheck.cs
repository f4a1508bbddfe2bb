using System.Text.Json;
using System.Text.RegularExpressions;
using Meanwhile.Problems;

namespace Meanwhile.Tools;

/// <summary>Checks the definition of a tool: a pure function to what is wrong with it.</summary>
public static partial class ToolDefinitionCheck
{
    private const int DescriptionLengthMax = 2_000;
    private const int SchemaLengthMax = 64 * 1024;
    private const int HeadersMax = 32;
    private static readonly TimeSpan AnswerWithinMax = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromDays(7);

    /// <summary>What is wrong, by the fields' names on the wire; empty when nothing is.</summary>
    public static IReadOnlyList<FieldError> Errors(ToolDefinition tool)
    {
        List<FieldError> errors = [.. Errors(tool.Descriptor).Select(error => error.Field == "timeout" ? error with { Field = "timeout_seconds" } : error)];
        if (tool.Descriptor.Description.Length > DescriptionLengthMax) errors.Add(new FieldError("description", $"has {tool.Descriptor.Description.Length} characters; at most {DescriptionLengthMax} are accepted"));
        if (tool.ParamsSchema.ValueKind != JsonValueKind.Undefined) errors.AddRange(SchemaErrors(tool.ParamsSchema));
        if (tool.Kind == ToolKind.Http && tool.Endpoint is null) errors.Add(new FieldError("url", "is missing; the endpoint's address is needed"));
        if (tool.Kind is ToolKind.Builtin or ToolKind.Application) errors.Add(new FieldError("type", $"is '{tool.Kind.Word}'; worker and http are accepted"));
        if (tool.Endpoint is { } endpoint) errors.AddRange(Errors(endpoint));
        return errors;
    }

    /// <summary>What is wrong with a descriptor.</summary>
    internal static IEnumerable<FieldError> Errors(ToolDescriptor tool)
    {
        if (!Name().IsMatch(tool.Name)) yield return new FieldError("name", $"is '{Shown(tool.Name)}'; 1 to 63 characters of a-z, 0-9, '-', '_' and '.' are accepted");
        if (tool.Class != ToolClass.Job) yield return new FieldError("class", $"is {tool.Class}, which is reserved for a later version; Job is accepted");
        if (tool.Priority is < 0 or > 10) yield return new FieldError("priority", $"is {tool.Priority}; 0 to 10 is accepted");
        if (tool.Concurrency is < 1) yield return new FieldError("concurrency", $"is {tool.Concurrency}; 1 or more is accepted");
        if (tool.MaxAttempts is < 1 or > 100) yield return new FieldError("max_attempts", $"is {tool.MaxAttempts}; 1 to 100 is accepted");
        if (tool.Timeout is { } timeout && (timeout <= TimeSpan.Zero || timeout > TimeoutMax)) yield return new FieldError("timeout", $"is {timeout}; more than 0 and at most {TimeoutMax} is accepted");
    }

    private static IReadOnlyList<FieldError> SchemaErrors(JsonElement schema)
    {
        if (schema.GetRawText().Length is var length and > SchemaLengthMax) return [new FieldError("params_schema", $"has {length} characters of JSON; at most {SchemaLengthMax} are accepted")];
        var errors = SchemaWords.Errors("params_schema", schema);
        var isOfObjects = errors.Count > 0 || !schema.TryGetProperty("type", out var type) || (type.ValueKind == JsonValueKind.String && type.ValueEquals("object"));
        return isOfObjects ? errors : [new FieldError("params_schema.type", "is not object, which params always are")];
    }

    private static IEnumerable<FieldError> Errors(HttpEndpoint endpoint)
    {
        if (!IsSafe(endpoint.Url)) yield return new FieldError("url", $"is '{endpoint.Url}'; {AddressRule}");
        if (endpoint.CancelUrl is { } cancel && !IsSafe(cancel)) yield return new FieldError("cancel_url", $"is '{cancel}'; {AddressRule}");
        if (endpoint.Method is not ("POST" or "PUT")) yield return new FieldError("method", $"is '{Shown(endpoint.Method)}'; POST and PUT are accepted");
        if (endpoint.AnswerWithin <= TimeSpan.Zero || endpoint.AnswerWithin > AnswerWithinMax) yield return new FieldError("request_timeout_seconds", $"is {endpoint.AnswerWithin.TotalSeconds}; more than 0 and at most {AnswerWithinMax.TotalSeconds} is accepted");
        if (endpoint.Headers.Count > HeadersMax) yield return new FieldError("headers", $"has {endpoint.Headers.Count} headers; at most {HeadersMax} are accepted");
        foreach (var (name, value) in endpoint.Headers)
        {
            if (!HeaderName().IsMatch(name) || IsOurs(name)) yield return new FieldError($"headers.{Shown(name)}", "is no header that can be set; a name such as Authorization is accepted, Content-Type, Content-Length, Host and Idempotency-Key are set by the server");
            else if (value.Any(char.IsControl)) yield return new FieldError($"headers.{name}", "holds a control character");
        }
    }

    private const string AddressRule = "an absolute https address is accepted, or http on loopback, without user, password and fragment";

    /// <summary>Whether jobs may be sent there: what others on the way could read goes nowhere but to this machine.</summary>
    private static bool IsSafe(Uri url) =>
        url.IsAbsoluteUri && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)) && url.UserInfo.Length == 0 && url.Fragment.Length == 0;

    private static bool IsOurs(string name) => name.ToLowerInvariant() is "content-type" or "content-length" or "host" or "idempotency-key" or "transfer-encoding" or "connection";

    private static string Shown(string text) => text.Length > 64 ? text[..64] + "..." : text;

    [GeneratedRegex(@"^[a-z0-9_.-]{1,63}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}\z")]
    private static partial Regex HeaderName();
}
