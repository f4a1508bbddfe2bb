using System.Runtime.CompilerServices;
using Meanwhile.Access;
using Meanwhile.Jobs;
using Meanwhile.Results;

namespace Meanwhile.Client;

/// <summary>What callers mostly do with jobs, over any door: in process or over HTTP.</summary>
public static class JobsFollowing
{
    private static readonly TimeSpan OneWait = TimeSpan.FromSeconds(30);

    extension(IJobs jobs)
    {
        /// <summary>Submits a job and waits until it has ended, however it ended.</summary>
        public async ValueTask<Job> RunAsync(JobRequest request, CancellationToken cancellationToken = default)
        {
            var accepted = await jobs.SubmitAsync(request, cancellationToken).ConfigureAwait(false);
            return await jobs.WaitUntilEndedAsync(accepted.Job.Id.ToString(), null, cancellationToken).ConfigureAwait(false);
        }

        /// <summary>Waits until a job has ended, for as long as that takes.</summary>
        /// <param name="observe">Called with the job at once and then whenever it differs; null = nobody watches.</param>
        public async ValueTask<Job> WaitUntilEndedAsync(string job, Action<Job>? observe = null, CancellationToken cancellationToken = default)
        {
            var seen = await jobs.GetAsync(job, cancellationToken).ConfigureAwait(false);
            observe?.Invoke(seen);
            while (!seen.Status.IsFinal)
            {
                var next = await jobs.WaitAsync(job, observe is null ? null : seen.ETag, OneWait, cancellationToken).ConfigureAwait(false);
                if (next.ETag != seen.ETag) observe?.Invoke(next);
                seen = next;
            }

            return seen;
        }

        /// <summary>Every row of a succeeded job's result, page by page; each is one JSON value in UTF-8.</summary>
        /// <param name="request">Where to begin, how rows look, and how many a page (its limit); null = all from the first, as arrays.</param>
        public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadRowsAsync(
            string job, ResultRequest? request = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            for (var next = request ?? new ResultRequest(); ;)
            {
                var page = await jobs.ReadResultAsync(job, next, cancellationToken).ConfigureAwait(false);
                foreach (var row in page.Rows) yield return row;
                if (page.NextCursor is null) yield break;
                next = next with { Cursor = page.NextCursor };
            }
        }
    }
}
