using System.Text.Json;

namespace Meanwhile.Tools;

public sealed class ParamsSchemaTests
{
    [Theory]
    [InlineData("""{"type": "integer"}""", "1", null)]
    [InlineData("""{"type": "integer"}""", "1.0", null)]
    [InlineData("""{"type": "integer"}""", "1.5", "integer")]
    [InlineData("""{"type": ["string", "null"]}""", "null", null)]
    [InlineData("""{"type": ["string", "null"]}""", "1", "string or null")]
    [InlineData("""{"enum": ["a", 1]}""", "1", null)]
    [InlineData("""{"enum": ["a", 1]}""", "\"b\"", "none of")]
    [InlineData("""{"const": {"k": [1]}}""", """{"k": [1]}""", null)]
    [InlineData("""{"const": true}""", "false", "true")]
    [InlineData("""{"minimum": 1, "maximum": 3}""", "3", null)]
    [InlineData("""{"minimum": 1, "maximum": 3}""", "0.5", "1 or more")]
    [InlineData("""{"minimum": 1, "maximum": 3}""", "4", "at most 3")]
    [InlineData("""{"exclusiveMinimum": 0}""", "0", "more than 0")]
    [InlineData("""{"exclusiveMaximum": 1}""", "1", "less than 1")]
    [InlineData("""{"minLength": 2}""", "\"é\"", "at least 2")]
    [InlineData("""{"maxLength": 1}""", "\"ab\"", "at most 1")]
    [InlineData("""{"pattern": "^a+$"}""", "\"aa\"", null)]
    [InlineData("""{"pattern": "^a+$"}""", "\"ab\"", "does not match")]
    [InlineData("""{"minItems": 1}""", "[]", "at least 1")]
    [InlineData("""{"maxItems": 1}""", "[1, 2]", "at most 1")]
    [InlineData("""{"items": {"type": "boolean"}}""", "[true]", null)]
    [InlineData("""{"additionalProperties": {"type": "string"}}""", """{"a": "b"}""", null)]
    public void A_value_is_held_to_its_schema(string schema, string value, string? says)
    {
        var errors = Errors($$"""{"properties": {"v": {{schema}}} }""", $$"""{"v": {{value}} }""");

        if (says is null) Assert.Empty(errors);
        else Assert.Contains(says, Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_field_at_fault_is_named_by_its_path()
    {
        var errors = Errors(
            """{"type": "object", "required": ["a", "b"], "additionalProperties": false, "properties": {"a": {"type": "array", "items": {"type": "object", "required": ["x"]}}, "b": {}}}""",
            """{"a": [{"x": 1}, {}, 3], "c": 1}""");

        Assert.Equal(["params.b", "params.a[1].x", "params.a[2]", "params.c"], errors.Select(error => error.Field));
        Assert.Contains("it takes a, b", errors[^1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type": "strng"}""", "params_schema.type")]
    [InlineData("""{"properties": {"a": {"oneOf": []}}}""", "params_schema.properties.a.oneOf")]
    [InlineData("""{"properties": []}""", "params_schema.properties")]
    [InlineData("""{"properties": {"a": {"items": 3}}}""", "params_schema.properties.a.items")]
    [InlineData("""{"required": [1]}""", "params_schema.required")]
    [InlineData("""{"properties": {"a": {"pattern": "(a)\\1"}}}""", "params_schema.properties.a.pattern")]
    [InlineData("""{"properties": {"a": {"minLength": -1}}}""", "params_schema.properties.a.minLength")]
    [InlineData("""{"properties": {"a": {"minimum": "1"}}}""", "params_schema.properties.a.minimum")]
    [InlineData("""{"properties": {"a": {"enum": []}}}""", "params_schema.properties.a.enum")]
    [InlineData("""{"type": "array"}""", "params_schema.type")]
    [InlineData("3", "params_schema")]
    public void A_schema_that_would_not_be_held_to_is_refused(string schema, string field) =>
        Assert.Equal(field, Assert.Single(ToolDefinitionCheck.Errors(Tool with { ParamsSchema = JsonElement.Parse(schema) })).Field);

    [Fact]
    public void A_schema_that_is_too_long_or_too_deep_is_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"items": """, 20)) + "{}" + new string('}', 20);

        Assert.Contains("deep", Assert.Single(ToolDefinitionCheck.Errors(Tool with { ParamsSchema = JsonElement.Parse(deep) })).Message, StringComparison.Ordinal);
        Assert.Contains("at most 65536", Assert.Single(ToolDefinitionCheck.Errors(Tool with { ParamsSchema = JsonElement.Parse($$"""{"title": "{{new string('x', 70_000)}}"}""") })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://example.org/x", "url")]
    [InlineData("ftp://localhost/x", "url")]
    [InlineData("https://user:secret@example.org/", "url")]
    [InlineData("https://example.org/#x", "url")]
    public void Jobs_go_nowhere_where_others_could_read_them(string url, string field) => Assert.Equal(field, Assert.Single(Endpoint(new Uri(url))).Field);

    [Fact]
    public void An_endpoint_on_loopback_needs_no_https() => Assert.Empty(Endpoint(new Uri("http://127.0.0.1:9/x")));

    [Fact]
    public void An_endpoints_settings_are_held_to_their_ranges()
    {
        var endpoint = new HttpEndpoint
        {
            Url = new Uri("https://example.org"), Method = "GET", CancelUrl = new Uri("http://example.org"), AnswerWithin = TimeSpan.Zero, Headers = new Dictionary<string, string> { ["Host"] = "x", ["X-A"] = "a\nb" },
        };

        Assert.Equal(["cancel_url", "method", "request_timeout_seconds", "headers.Host", "headers.X-A"], ToolDefinitionCheck.Errors(Tool with { Kind = ToolKind.Http, Endpoint = endpoint }).Select(error => error.Field));
        Assert.Equal("url", Assert.Single(ToolDefinitionCheck.Errors(Tool with { Kind = ToolKind.Http })).Field);
    }

    private static IReadOnlyList<Problems.FieldError> Endpoint(Uri url) => ToolDefinitionCheck.Errors(Tool with { Kind = ToolKind.Http, Endpoint = new HttpEndpoint { Url = url } });

    private static ToolDefinition Tool => new() { Descriptor = new ToolDescriptor { Name = "t", Description = "x" } };

    private static IReadOnlyList<Problems.FieldError> Errors(string schema, string parameters)
    {
        Assert.Empty(SchemaWords.Errors("params_schema", JsonElement.Parse(schema)));
        return ParamsSchema.Errors(JsonElement.Parse(schema), JsonElement.Parse(parameters), "t");
    }
}
