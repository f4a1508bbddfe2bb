using System.Globalization;
using Meanwhile.Jobs;

namespace Meanwhile.Execution;

/// <summary>Names statements at their sources, so that people find their job and any node finds its statement: <c>mw:short_id:attempt:job_id</c>.</summary>
/// <remarks>The whole id is in it because short ids are a project's own, and a source may be shared by all. At most 58 characters of ASCII.</remarks>
internal sealed class StatementTags(ShortIds shortIds)
{
    /// <summary>More attempts than a job can have that had a statement.</summary>
    private const int EarlierMax = 1_000;

    /// <summary>The tag of an attempt.</summary>
    public string Of(JobRecord job, int attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"mw:{shortIds.Format(job.Sequence)}:{attempt}:{job.Id.Value:N}");

    /// <summary>The tags of every attempt up to the newest.</summary>
    public IReadOnlyList<string> UpTo(JobRecord job) => Before(job, job.State.Attempt + 1);

    /// <summary>The tags of every attempt before one.</summary>
    public IReadOnlyList<string> Before(JobRecord job, int attempt)
    {
        var first = Math.Max(1, attempt - EarlierMax);
        return [.. Enumerable.Range(first, Math.Max(0, attempt - first)).Select(earlier => Of(job, earlier))];
    }
}
