using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Meanwhile.Problems;

namespace Meanwhile.Access;

/// <summary>Checks the fields of a submission that every tool has: a pure function from a request to what is wrong with it.</summary>
internal static partial class RequestCheck
{
    private const double YearSeconds = 31_536_000;
    private const double WeekSeconds = 604_800;
    private const int LabelsMax = 32;
    private const int LabelValueLengthMax = 256;
    private const int DepthMax = 32;

    /// <summary>What is wrong; empty when nothing is.</summary>
    public static List<FieldError> Errors(JobRequest request, DateTimeOffset now)
    {
        List<FieldError> errors = [];
        Within(errors, "priority", request.Priority, 0, 10);
        Within(errors, "ttl_hours", request.TtlHours, 1, 168);
        Within(errors, "max_attempts", request.MaxAttempts, 1, 100);
        Within(errors, "delay_seconds", request.DelaySeconds, 0, YearSeconds);
        Positive(errors, "timeout_seconds", request.TimeoutSeconds, WeekSeconds);
        Positive(errors, "start_deadline_seconds", request.StartDeadlineSeconds, YearSeconds);
        Positive(errors, "max_cost", request.MaxCost, double.MaxValue);
        if (request.RunAt is { } runAt && runAt > now.AddSeconds(YearSeconds)) errors.Add(new FieldError("run_at", $"is {runAt:O}; at most a year from now is accepted"));
        if (request is { RunAt: not null, DelaySeconds: not null }) errors.Add(new FieldError("delay_seconds", "is given together with run_at; only one of them is accepted"));
        if (request.LimitKey is { } limitKey && !IsLimitKey(limitKey)) errors.Add(new FieldError("limit_key", $"is '{Shown(limitKey)}'; {LimitKeyRule}"));
        if (request.IdempotencyKey is { } key && !IdempotencyKey().IsMatch(key)) errors.Add(new FieldError("idempotency_key", $"is '{Shown(key)}'; 1 to 255 printable ASCII characters are accepted"));
        Labels(errors, request.Labels);
        Params(errors, request.Params);
        return errors;
    }

    /// <summary>What a job's limit_key may be.</summary>
    public const string LimitKeyRule = "1 to 128 printable characters without spaces are accepted";

    /// <summary>Whether a job can have this limit_key.</summary>
    public static bool IsLimitKey(string key) => LimitKey().IsMatch(key);

    /// <summary>A value as an error message shows it: short, and without what a terminal would obey.</summary>
    public static string Shown(string value)
    {
        var clean = new string([.. value.Take(64).Select(character => char.IsControl(character) ? '?' : character)]);
        return value.Length > 64 ? clean + "..." : clean;
    }

    private static void Within(List<FieldError> errors, string field, double? value, double min, double max)
    {
        if (value is { } number && !(number >= min && number <= max)) errors.Add(new FieldError(field, $"is {number}; {min} to {max} is accepted"));
    }

    private static void Positive(List<FieldError> errors, string field, double? value, double max)
    {
        if (value is { } number && !(number > 0 && number <= max)) errors.Add(new FieldError(field, $"is {number}; more than 0{(max < double.MaxValue ? $" and at most {max}" : "")} is accepted"));
    }

    private static void Labels(List<FieldError> errors, IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is null) return;
        if (labels.Count > LabelsMax) errors.Add(new FieldError("labels", $"has {labels.Count} labels; at most {LabelsMax} are accepted"));
        foreach (var (name, value) in labels)
        {
            if (!LabelName().IsMatch(name)) errors.Add(new FieldError($"labels.{Shown(name)}", "is no name for a label; 1 to 63 characters of a-z, 0-9, '-', '_', '.' and '/' are accepted"));
            if (value is null || value.Length > LabelValueLengthMax || value.Contains('\0') || !IsWellFormed(value)) errors.Add(new FieldError($"labels.{Shown(name)}", $"has a value that is null, holds NUL or a lone surrogate, or has more than {LabelValueLengthMax} characters"));
        }
    }

    private static void Params(List<FieldError> errors, JsonElement parameters)
    {
        if (parameters.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined)) errors.Add(new FieldError("params", $"is {parameters.KindInWords}; an object is accepted"));
        else IllFormed(errors, "params", parameters, 0);
    }

    /// <summary>Finds text that is no Unicode (a lone surrogate): a store would have to change it.</summary>
    private static void IllFormed(List<FieldError> errors, string path, JsonElement element, int depth)
    {
        if (depth > DepthMax)
        {
            errors.Add(new FieldError(path, $"is nested more than {DepthMax} deep"));
            return;
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject()) IllFormed(errors, $"{path}.{NameOf(errors, path, property)}", property.Value, depth + 1);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray()) IllFormed(errors, $"{path}[{index++}]", item, depth + 1);
                break;
            case JsonValueKind.String:
                if (!IsWellFormed(() => element.GetString())) errors.Add(new FieldError(path, "holds text that is not well-formed Unicode (a lone surrogate)"));
                break;
        }
    }

    private static string NameOf(List<FieldError> errors, string path, JsonProperty property)
    {
        if (IsWellFormed(() => property.Name)) return property.Name;
        errors.Add(new FieldError(path, "has a field whose name is not well-formed Unicode (a lone surrogate)"));
        return "?";
    }

    private static bool IsWellFormed(string text)
    {
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var length) != OperationStatus.Done) return false;
            rest = rest[length..];
        }

        return true;
    }

    private static bool IsWellFormed(Func<string?> read)
    {
        try
        {
            return read() is not null;
        }
        catch (InvalidOperationException) // how the JSON reader says that an escape makes no Unicode
        {
            return false;
        }
    }

    [GeneratedRegex(@"^[a-z0-9_./-]{1,63}\z")]
    private static partial Regex LabelName();

    [GeneratedRegex(@"^[^\s\p{C}]{1,128}\z")]
    private static partial Regex LimitKey();

    [GeneratedRegex(@"^[\x20-\x7e]{1,255}\z")]
    private static partial Regex IdempotencyKey();
}
