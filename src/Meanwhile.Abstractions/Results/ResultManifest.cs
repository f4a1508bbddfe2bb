using System.Text.Json.Serialization;

namespace Meanwhile.Results;

/// <summary>How a result's bytes are stored.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ResultEncoding>))]
public enum ResultEncoding
{
    /// <summary>As they are.</summary>
    [JsonStringEnumMemberName("identity")] Identity,

    /// <summary>Each partition is one gzip member; members joined are one gzip file.</summary>
    [JsonStringEnumMemberName("gzip")] Gzip,
}

/// <summary>What cut a result short.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Truncation>))]
public enum Truncation
{
    /// <summary>The row limit.</summary>
    [JsonStringEnumMemberName("rows")] Rows,

    /// <summary>The byte limit.</summary>
    [JsonStringEnumMemberName("bytes")] Bytes,

    /// <summary>A cell over max_cell_bytes was cut.</summary>
    [JsonStringEnumMemberName("cell")] Cell,

    /// <summary>The source gave less than there is.</summary>
    [JsonStringEnumMemberName("source")] Source,
}

/// <summary>A column of a result.</summary>
public sealed record ResultColumn
{
    /// <summary>The name as the source gives it; names may repeat and may be empty.</summary>
    public required string Name { get; init; }

    /// <summary>The source's own word for the type, such as <c>integer</c>; null where the source declares none (every value then carries its own).</summary>
    public string? Type { get; init; }

    /// <summary>Whether NULL can occur; null = unknown.</summary>
    public bool? Nullable { get; init; }

    /// <summary>Digits in all, of a decimal; null = not a decimal, or unknown.</summary>
    public int? Precision { get; init; }

    /// <summary>Digits after the point, of a decimal; null = not a decimal, or unknown.</summary>
    public int? Scale { get; init; }
}

/// <summary>A stored part of a result: a run of whole rows.</summary>
public sealed record ResultPartition
{
    /// <summary>Where the bytes begin in the manifest's object.</summary>
    public required long Offset { get; init; }

    /// <summary>How many bytes are stored.</summary>
    public required int Length { get; init; }

    /// <summary>How many bytes they are once decoded.</summary>
    public required int DecodedLength { get; init; }

    /// <summary>The first row's ordinal within its statement, from 0.</summary>
    public required long FirstRow { get; init; }

    /// <summary>How many rows.</summary>
    public required int Rows { get; init; }

    /// <summary>CRC-32 (ISO 3309, as in gzip) of the bytes as stored.</summary>
    public required uint Checksum { get; init; }
}

/// <summary>One statement's result.</summary>
public sealed record StatementResult
{
    /// <summary>The columns; empty for a statement without a result set.</summary>
    public required IReadOnlyList<ResultColumn> Columns { get; init; }

    /// <summary>How many rows are stored.</summary>
    public long Rows { get; init; }

    /// <summary>How many rows the statement changed; null where that means nothing.</summary>
    public long? RowsAffected { get; init; }

    /// <summary>What cut it short; null = complete.</summary>
    public Truncation? TruncatedBy { get; init; }

    /// <summary>The stored parts in order, in the manifest's object; empty when the rows are inline or there are none.</summary>
    public IReadOnlyList<ResultPartition> Partitions { get; init; } = [];

    /// <summary>The rows themselves as NDJSON, unencoded, when the whole result is small; null otherwise.</summary>
    public byte[]? Inline { get; init; }
}

/// <summary>Says what a job's result is and where its bytes are. What it names exists, is whole and is never changed.</summary>
public sealed record ResultManifest
{
    /// <summary>How the partitions are stored.</summary>
    public ResultEncoding Encoding { get; init; } = ResultEncoding.Gzip;

    /// <summary>The key of the object that holds every partition; null when all is inline.</summary>
    public string? Object { get; init; }

    /// <summary>The attempt that wrote it.</summary>
    public int Attempt { get; init; }

    /// <summary>The fence under which it was written.</summary>
    public long Fence { get; init; }

    /// <summary>One entry a statement, in the script's order; one for a tool's result with rows; empty for a tool without.</summary>
    public IReadOnlyList<StatementResult> Statements { get; init; } = [];

    /// <summary>A small JSON value that the tool returned; null = none.</summary>
    public string? Summary { get; init; }

    /// <summary>What is left once the job has expired: how many rows there were, in columns of which types. Names go, because an expression's is its text in the statement.</summary>
    public ResultManifest WithoutRows() => this with
    {
        Object = null,
        Summary = null,
        Statements = [.. Statements.Select(statement => statement with { Columns = [.. statement.Columns.Select(column => column with { Name = "" })], Partitions = [], Inline = null })],
    };

    /// <summary>The statement that a reader gets by default: the last with columns; -1 when there is none.</summary>
    [JsonIgnore]
    public int DefaultStatement
    {
        get
        {
            for (var i = Statements.Count - 1; i >= 0; i--)
            {
                if (Statements[i].Columns.Count > 0) return i;
            }

            return -1;
        }
    }

    /// <summary>Rows of the default statement; 0 when there is none.</summary>
    [JsonIgnore]
    public long RowCount => DefaultStatement is >= 0 and var i ? Statements[i].Rows : 0;

    /// <summary>How many bytes are stored.</summary>
    [JsonIgnore]
    public long StoredBytes => Statements.Sum(statement => statement.Partitions.Sum(partition => (long)partition.Length) + (statement.Inline?.Length ?? 0));
}

/// <summary>The JSON of what stores keep of results and errors.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ResultManifest))]
[JsonSerializable(typeof(Jobs.JobError))]
[JsonSerializable(typeof(Jobs.CancelEvidence))]
[JsonSerializable(typeof(Jobs.CommitIntent))]
[JsonSerializable(typeof(Jobs.JobProgress))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(Dictionary<string, long>))]
public sealed partial class StoredJson : JsonSerializerContext;
