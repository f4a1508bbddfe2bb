using System.Text;
using Meanwhile.Jobs;

namespace Meanwhile.Blobs;

public sealed class AttemptLogTests
{
    private static readonly AttemptFence Fence = new(new JobId(new Guid("0199b2f0-1234-7abc-8def-0123456789ab")), 2, 7);
    private readonly ModelBlobStore _model = new();

    [Fact]
    public async Task Without_a_line_there_is_no_object()
    {
        await using AttemptLog log = new(_model, Fence);

        Assert.Equal(0, await log.FlushAsync(default));
        Assert.Empty(_model.Keys);
    }

    [Fact]
    public async Task Lines_are_written_in_batches_to_the_attempts_own_object()
    {
        FaultyBlobStore counting = new(_model);
        await using AttemptLog log = new(counting, Fence);
        log.Append("one");
        log.Append("zwö");
        Assert.Equal(9, log.Length);
        Assert.Equal(9, await log.FlushAsync(default));
        log.Append("three");
        Assert.Equal(15, await log.FlushAsync(default));

        _model.Crash();
        Assert.Equal("one\nzwö\nthree\n", Written());
        Assert.Equal((1, 2), (counting.Creates, counting.Appends));
    }

    [Fact]
    public async Task Past_its_bound_lines_are_dropped_and_the_last_one_says_so()
    {
        await using AttemptLog log = new(_model, Fence, logBytesMax: 100);
        for (var i = 0; i < 10; i++) log.Append("0123456789");
        log.Append("x");
        await log.FlushAsync(default);

        var lines = Written().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Repeat("0123456789", lines.Length - 1), lines[..^1]);
        Assert.Contains("max_log_bytes is 100", lines[^1], StringComparison.Ordinal);
        Assert.InRange(_model.Content(BlobKeys.Log(Fence)).Length, 90, 100);
    }

    [Fact]
    public async Task A_full_disk_is_told_to_whoever_flushes()
    {
        await using AttemptLog log = new(new FaultyBlobStore(_model) { FullFromAppend = 1 }, Fence);
        log.Append("x");

        await Assert.ThrowsAsync<BlobStoreFullException>(async () => await log.FlushAsync(default));
    }

    private string Written() => Encoding.UTF8.GetString(_model.Content(BlobKeys.Log(Fence)));
}
