using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Stores;

namespace Meanwhile.Blobs;

public sealed class BlobKeysTests
{
    private static readonly AttemptFence Fence = new(new JobId(new Guid("0199b2f0-1234-7abc-8def-0123456789ab")), 2, 7);

    [Fact]
    public void Keys_show_kind_date_job_attempt_and_fence()
    {
        Assert.Equal("results/2025-10-05/0199b2f0-1234-7abc-8def-0123456789ab/2-7.ndjson.gz", BlobKeys.Result(Fence, ResultEncoding.Gzip));
        Assert.Equal("results/2025-10-05/0199b2f0-1234-7abc-8def-0123456789ab/2-7.ndjson", BlobKeys.Result(Fence, ResultEncoding.Identity));
        Assert.Equal("logs/2025-10-05/0199b2f0-1234-7abc-8def-0123456789ab/2-7.log", BlobKeys.Log(Fence));
    }

    [Theory]
    [InlineData(AttemptBlobKind.Result)]
    [InlineData(AttemptBlobKind.Log)]
    public void Every_key_of_an_attempt_leads_back_to_it(AttemptBlobKind kind)
    {
        AttemptBlobs blobs = new(kind, Fence);

        Assert.All(BlobKeys.Of(blobs), key =>
        {
            BlobName.CheckKey(key);
            Assert.True(BlobKeys.TryParse(key, out var parsed));
            Assert.Equal(blobs, parsed);
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("results")]
    [InlineData("other/2025-10-05/0199b2f0-1234-7abc-8def-0123456789ab/2-7.ndjson")]
    [InlineData("results/2025-10-06/0199b2f0-1234-7abc-8def-0123456789ab/2-7.ndjson")]
    [InlineData("results/2025-10-05/0199B2F0-1234-7abc-8def-0123456789ab/2-7.ndjson")]
    [InlineData("results/2025-10-05/0199b2f0-1234-7abc-8def-0123456789ab/02-7.ndjson")]
    [InlineData("results/2025-10-05/0199b2f0-1234-7abc-8def-0123456789ab/2-7.log")]
    [InlineData("results/2025-10-05/0199b2f0-1234-7abc-8def-0123456789ab/2.ndjson")]
    [InlineData("results/2025-10-05/none/2-7.ndjson")]
    public void What_we_never_write_is_not_taken_for_ours(string key) => Assert.False(BlobKeys.TryParse(key, out _));

    [Fact]
    public void An_id_from_beyond_the_calendar_has_a_key_too() => Assert.StartsWith("logs/9999-12-31/", BlobKeys.Log(Fence with { Job = JobId.Max }), StringComparison.Ordinal);
}
