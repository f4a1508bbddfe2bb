using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Meanwhile.Contracts;

/// <summary>The JSON of everything that goes over the wire: snake_case, absent instead of null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = DepthMax,
    Converters = [typeof(Timestamps)])]
[JsonSerializable(typeof(JobSubmission))]
[JsonSerializable(typeof(QuerySubmission))]
[JsonSerializable(typeof(BatchSubmission))]
[JsonSerializable(typeof(CancelSubmission))]
[JsonSerializable(typeof(EmptySubmission))]
[JsonSerializable(typeof(JobResource))]
[JsonSerializable(typeof(CheckResource))]
[JsonSerializable(typeof(ListResource<JobResource>), TypeInfoPropertyName = "JobList")]
[JsonSerializable(typeof(ListResource<BatchItemResource>), TypeInfoPropertyName = "BatchList")]
[JsonSerializable(typeof(ListResource<CancelItemResource>), TypeInfoPropertyName = "CancelList")]
[JsonSerializable(typeof(ListResource<AttemptResource>), TypeInfoPropertyName = "AttemptList")]
[JsonSerializable(typeof(ResultPageResource))]
[JsonSerializable(typeof(ListResource<EventResource>), TypeInfoPropertyName = "EventList")]
[JsonSerializable(typeof(SourceResource))]
[JsonSerializable(typeof(SourceSubmission))]
[JsonSerializable(typeof(SourceProbeResource))]
[JsonSerializable(typeof(ListResource<SourceResource>), TypeInfoPropertyName = "SourceList")]
[JsonSerializable(typeof(ProjectResource))]
[JsonSerializable(typeof(ProjectSubmission))]
[JsonSerializable(typeof(ListResource<ProjectResource>), TypeInfoPropertyName = "ProjectList")]
[JsonSerializable(typeof(KeyResource))]
[JsonSerializable(typeof(KeySubmission))]
[JsonSerializable(typeof(NewKeyResource))]
[JsonSerializable(typeof(RotateSubmission))]
[JsonSerializable(typeof(ListResource<KeyResource>), TypeInfoPropertyName = "KeyList")]
[JsonSerializable(typeof(LimitResource))]
[JsonSerializable(typeof(LimitSubmission))]
[JsonSerializable(typeof(ListResource<LimitResource>), TypeInfoPropertyName = "LimitList")]
[JsonSerializable(typeof(ToolResource))]
[JsonSerializable(typeof(ToolSubmission))]
[JsonSerializable(typeof(ListResource<ToolResource>), TypeInfoPropertyName = "ToolList")]
[JsonSerializable(typeof(WorkerRegisterSubmission))]
[JsonSerializable(typeof(WorkerSubmission))]
[JsonSerializable(typeof(WorkerClaimSubmission))]
[JsonSerializable(typeof(WorkerBeatSubmission))]
[JsonSerializable(typeof(WorkerProgressSubmission))]
[JsonSerializable(typeof(WorkerLogSubmission))]
[JsonSerializable(typeof(WorkerCheckpointSubmission))]
[JsonSerializable(typeof(WorkerFinishSubmission))]
[JsonSerializable(typeof(WorkerResource))]
[JsonSerializable(typeof(WorkerClaimResource))]
[JsonSerializable(typeof(WorkerBeatResource))]
[JsonSerializable(typeof(WorkerNewsResource))]
[JsonSerializable(typeof(FinishedResource))]
[JsonSerializable(typeof(WorkerLeftResource))]
[JsonSerializable(typeof(QuotaLimitsResource))]
[JsonSerializable(typeof(QuotaResource))]
[JsonSerializable(typeof(ListResource<QuotaResource>), TypeInfoPropertyName = "QuotaList")]
[JsonSerializable(typeof(ListResource<AuditResource>), TypeInfoPropertyName = "AuditList")]
[JsonSerializable(typeof(StatsResource))]
[JsonSerializable(typeof(HealthResource))]
[JsonSerializable(typeof(NodeResource))]
[JsonSerializable(typeof(ListResource<NodeResource>), TypeInfoPropertyName = "NodeList")]
[JsonSerializable(typeof(ProblemResource))]
public sealed partial class ContractsJson : JsonSerializerContext
{
    /// <summary>A request nested deeper than this is refused.</summary>
    public const int RequestDepthMax = 32;

    /// <summary>An answer is never nested deeper: what a request held, a few levels down.</summary>
    public const int DepthMax = 128;

    /// <summary>For everything but the reading of requests. Escapes only what JSON must have escaped: statements stay readable, and every answer says nosniff.</summary>
    public static ContractsJson Wire => field ??= new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>For reading requests: refuses what is nested too deeply, and a name given twice.</summary>
    public static ContractsJson Requests => field ??= new(new JsonSerializerOptions(Default.Options!) { MaxDepth = RequestDepthMax, AllowDuplicateProperties = false });
}
