using System.Globalization;
using System.Text;
using System.Text.Json;
using Meanwhile.Events;
using Meanwhile.Jobs;
using Meanwhile.Results;

namespace Meanwhile.Testing.Stores;

/// <summary>Writes what stores keep as text, so that values which hold collections can be compared and a difference can be read.</summary>
public static class Texts
{
    /// <summary>A job, whole.</summary>
    public static string Of(JobRecord record) => $"{record.Sequence}\n{Of(record.Spec)}\n{Of(record.State)}\n{Of(record.Progress)}";

    /// <summary>What was asked for.</summary>
    public static string Of(JobSpec spec)
    {
        var labels = string.Join(',', spec.Labels.OrderBy(label => label.Key, StringComparer.Ordinal));
        return (spec with { Labels = JobSpec.NoLabels, ContentHash = default }) + labels + Convert.ToHexString(spec.ContentHash.Span);
    }

    /// <summary>Where a job stands.</summary>
    public static string Of(JobState state) => (state with { Result = null }) + Of(state.Result);

    /// <summary>A result's manifest.</summary>
    public static string Of(ResultManifest? manifest) => manifest is null ? "" : JsonSerializer.Serialize(manifest, StoredJson.Default.ResultManifest);

    /// <summary>How far a job is.</summary>
    public static string Of(JobProgress? progress)
    {
        if (progress is null) return "";
        var counters = string.Join(',', progress.Counters.OrderBy(counter => counter.Key, StringComparer.Ordinal));
        return (progress with { Counters = JobProgress.NoCounters }) + counters;
    }

    /// <summary>An event without its place in the feed, which may have gaps.</summary>
    public static string Of(JobEvent item)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{item.Project} {item.Job} {item.Sequence} {item.Data}");
        return text.ToString();
    }
}
