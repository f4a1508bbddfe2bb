using System.Buffers;
using System.Text;
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
    /// <exception cref="ProblemException">It has no tool, its params are no object, or its statement is too long.</exception>
    public static JobRequest ToRequest(this JobSubmission submission, int statementBytesMax)
    {
        if (string.IsNullOrEmpty(submission.Tool)) throw Refusals.Field("tool", "Is required: the name of the tool to run, such as 'query'.");
        if (submission.Params is { } given)
        {
            if (given.ValueKind != JsonValueKind.Object) throw Refusals.Field("params", "Must be an object.");
            if (submission.Tool == QueryTool && given.TryGetProperty("sql", out var sql) && sql.ValueKind == JsonValueKind.String) RefuseLong(sql.GetString()!, statementBytesMax);
        }

        return Request(submission, submission.Tool, submission.Params ?? default);
    }

    /// <summary>The request of a query submission.</summary>
    /// <exception cref="ProblemException">It has no statement, or too long a one.</exception>
    public static JobRequest ToRequest(this QuerySubmission submission, int statementBytesMax)
    {
        if (string.IsNullOrWhiteSpace(submission.Sql)) throw Refusals.Field("sql", "Is required: the statement to run.");
        RefuseLong(submission.Sql, statementBytesMax);
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
                given.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    private static void RefuseLong(string sql, int bytesMax)
    {
        if (sql.Length > bytesMax / 3 && Encoding.UTF8.GetByteCount(sql) > bytesMax) throw new ProblemException(ProblemCodes.TooLarge, $"The statement is longer than {bytesMax} bytes.");
    }
}
