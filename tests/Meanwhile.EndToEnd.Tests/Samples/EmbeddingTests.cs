using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Samples;

public sealed class EmbeddingTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Meanwhile.Samples.Embedding");

    [Fact]
    public async Task The_embedding_sample_crashes_in_the_middle_and_goes_on_from_its_checkpoint()
    {
        using var folder = new Folder();

        await using var first = Executable.Start(Program, [folder.File("data")]);
        var crashed = await first.EndAsync();
        await using var second = Executable.Start(Program, [folder.File("data")]);
        var finished = await second.EndAsync();

        Assert.NotEqual(0, crashed);
        Assert.Equal("attempt 1 begins at 1", first.Out);
        Assert.True(finished == 0, second.Error);
        Assert.Contains("attempt 2 begins at 6", second.Out, StringComparison.Ordinal);
        Assert.Matches("succeeded: .*\"total\": ?55", second.Out);
    }
}
