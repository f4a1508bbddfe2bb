using System.Text.Json.Serialization.Metadata;

namespace Meanwhile.Server.Operations;

/// <summary>One thing that a caller can ask for: how it is reached, what it takes and gives, and what does it.</summary>
/// <remarks>The routes, the check of query parameters and the OpenAPI document are all made of this.</remarks>
internal sealed record Operation(string Method, string Pattern, string Name, string Summary, Func<Exchange, Task> RunAsync)
{
    /// <summary>Whether it is answered without a key.</summary>
    public bool IsOpen { get; init; }

    /// <summary>The query parameters; any other is refused.</summary>
    public IReadOnlyList<QueryParameter> Query { get; init; } = [];

    /// <summary>The headers that mean something here.</summary>
    public IReadOnlyList<QueryParameter> Headers { get; init; } = [];

    /// <summary>The body; null = none.</summary>
    public JsonTypeInfo? Body { get; init; }

    /// <summary>Whether the body may be left out.</summary>
    public bool BodyIsOptional { get; init; }

    /// <summary>Whether body and query string are left unread, because the answer is the same whatever they say.</summary>
    public bool IgnoresInput { get; init; }

    /// <summary>Whether it makes jobs, which a server that stops takes no more.</summary>
    public bool MakesJobs { get; init; }

    /// <summary>Whether a body that says anything is refused.</summary>
    public bool TakesNoBody => Body is null && !IgnoresInput && Method != "GET";

    /// <summary>What is answered when all is well.</summary>
    public required IReadOnlyList<Answer> Answers { get; init; }
}

/// <summary>A parameter of an operation.</summary>
/// <param name="Type">In OpenAPI's words: string, integer, number or boolean.</param>
/// <param name="IsList">Whether it may be repeated.</param>
internal sealed record QueryParameter(string Name, string Type, string Description, bool IsList = false);

/// <summary>An answer of an operation.</summary>
/// <param name="Json">The body's type; null when it is not JSON or there is none.</param>
/// <param name="MediaTypes">The media types of a body that is not JSON.</param>
internal sealed record Answer(int Status, string Description, JsonTypeInfo? Json = null, params string[] MediaTypes)
{
    /// <summary>The body's other type, when it has one of two.</summary>
    public JsonTypeInfo? OrJson { get; init; }
}

