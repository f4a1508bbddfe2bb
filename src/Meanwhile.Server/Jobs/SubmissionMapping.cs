using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Problems;

namespace Meanwhile.Server.Jobs;

/// <summary>Submissions as the door takes them.</summary>
internal static class SubmissionMapping
{
    private const string QueryTool = "query";

    /// <summary>The request of a job submission.</summary>
    /// <exception cref="ProblemException">It has no tool.</exception>
    public static JobRequest ToRequest(this JobSubmission submission)
    {
        if (string.IsNullOrEmpty(submission.Tool)) throw Refusals.Field("tool", "is missing; the name of a tool is needed, such as query");
        return Request(submission, submission.Tool, submission.Params ?? default);
    }

    /// <summary>The request of a query submission.</summary>
    /// <exception cref="ProblemException">It has no statement.</exception>
    public static JobRequest ToRequest(this QuerySubmission submission)
    {
        if (submission.Sql is null) throw Refusals.Field("sql", "is missing; the statement to run is needed");
        return Request(submission, QueryTool, Params(submission.Sql, submission.Parameters));
    }

    private static JobRequest Request(Submission submission, string tool, JsonElement parameters) => new()
    {
        Tool = tool,
        Params = parameters,
        Source = submission.Source,
        Priority = submission.Priority,
        TtlHours = submission.TtlHours,
        RunAt = submission.RunAt,
        DelaySeconds = submission.DelaySeconds,
        TimeoutSeconds = submission.TimeoutSeconds,
        MaxAttempts = submission.MaxAttempts,
        Labels = submission.Labels,
        LimitKey = submission.LimitKey,
        Idempotent = submission.Idempotent,
        StartDeadlineSeconds = submission.StartDeadlineSeconds,
        MaxCost = submission.MaxCost,
        IdempotencyKey = submission.IdempotencyKey,
        OnDuplicate = submission.OnDuplicate,
        Keep = submission.Keep,
    };

    private static JsonElement Params(string sql, JsonElement? parameters)
    {
        var buffer = new ArrayBufferWriter<byte>(sql.Length + 64);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("sql", sql);
            if (parameters is { } given)
            {
                writer.WritePropertyName("parameters");
                writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(given), skipInputValidation: true); // as it came: what is wrong with it is the door's to say
            }

            writer.WriteEndObject();
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }
}
