using Meanwhile.Hosting;

namespace Meanwhile.Access;

public sealed class SourceReferenceTests
{
    [Theory]
    [InlineData("${bogus:x}")]
    [InlineData("${env:1ST}")]
    [InlineData("${file:relative}")]
    [InlineData("${HOME}")]
    [InlineData("${}")]
    [InlineData("${canary${env:X}")]
    public async Task What_looks_like_a_reference_and_is_none_is_refused_and_not_repeated(string text)
    {
        await using var engine = await TestEngine.StartAsync();

        var refused = await TestEngine.RefusedAsync(() => engine.Administration.PutSourceAsync(SourceAdminTests.Source("a", $$"""{"password": "x{{text}}y"}"""), true, default));

        Assert.Equal("settings.password holds '${...}' that is no reference; ${env:NAME} and ${file:/path} are accepted.", refused.Detail);
    }
}
