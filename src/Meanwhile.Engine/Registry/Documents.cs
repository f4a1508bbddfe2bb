using System.Text.Json;
using System.Text.Json.Serialization;

namespace Meanwhile.Registry;

/// <summary>The kinds of documents, and what each holds.</summary>
internal static class DocumentKinds
{
    /// <summary>Named by the project, owned by the instance.</summary>
    public const string Project = "project";

    /// <summary>Named by the key's id, owned by its project.</summary>
    public const string Key = "key";

    /// <summary>Named by the source, owned by its project.</summary>
    public const string Source = "source";

    /// <summary>Named by the limit key, owned by the instance.</summary>
    public const string Limit = "limit";

    /// <summary>Named <c>project:NAME</c> or <c>key:ID</c>, owned by the project that it is for.</summary>
    public const string Quota = "quota";

    /// <summary>Named by the tool, owned by the instance: those that workers run.</summary>
    public const string Tool = "tool";

    /// <summary>Owned by the instance: what only its servers know.</summary>
    public const string Secret = "secret";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Project, Key, Source, Limit, Quota, Tool, Secret];
}

/// <summary>What a project's document holds.</summary>
internal sealed record ProjectDocument(string? DisplayName, double Weight);

/// <summary>What a key's document holds: a hash, never the secret.</summary>
internal sealed record KeyDocument
{
    public required string Hash { get; init; }

    public string? Name { get; init; }

    public required string Role { get; init; }

    public bool OwnJobsOnly { get; init; }

    public IReadOnlyList<string>? Sources { get; init; }

    public bool IsInstanceAdmin { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public DateTimeOffset? RotatedAt { get; init; }

    /// <summary>The hash of the secret before, which works until <see cref="OldSecretUntil"/>.</summary>
    public string? OldHash { get; init; }

    public DateTimeOffset? OldSecretUntil { get; init; }
}

/// <summary>What a source's document holds; settings hold references to secrets, never secrets.</summary>
internal sealed record SourceDocument
{
    public required string Type { get; init; }

    public required JsonElement Settings { get; init; }

    public bool ByInstanceAdmin { get; init; }

    public bool ReadOnly { get; init; } = true;

    public int? Concurrency { get; init; }

    public double? StatementTimeoutSeconds { get; init; }

    public long? RowsMax { get; init; }

    public long? ResultBytesMax { get; init; }

    public int? CellBytesMax { get; init; }
}

/// <summary>What a limit's document holds.</summary>
internal sealed record LimitDocument(int Max);

/// <summary>What a quota's document holds.</summary>
internal sealed record QuotaDocument(long? LiveJobs, long? SubmissionsPerMinute, long? SubmissionsPerDay, long? ResultBytes);

/// <summary>What a tool's document holds.</summary>
internal sealed record ToolDocument
{
    public required string Description { get; init; }

    public JsonElement? ParamsSchema { get; init; }

    public int Priority { get; init; }

    public int MaxAttempts { get; init; } = 3;

    public double? TimeoutSeconds { get; init; }

    public bool Idempotent { get; init; } = true;
}

/// <summary>What a secret's document holds.</summary>
internal sealed record SecretDocument(byte[] Key);

/// <summary>The JSON of the registry's documents.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProjectDocument))]
[JsonSerializable(typeof(KeyDocument))]
[JsonSerializable(typeof(SourceDocument))]
[JsonSerializable(typeof(LimitDocument))]
[JsonSerializable(typeof(QuotaDocument))]
[JsonSerializable(typeof(ToolDocument))]
[JsonSerializable(typeof(SecretDocument))]
internal sealed partial class DocumentJson : JsonSerializerContext;
