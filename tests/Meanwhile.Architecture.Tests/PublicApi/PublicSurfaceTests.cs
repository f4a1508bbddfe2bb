using System.Reflection;
using Meanwhile.Architecture.Tests.Layout;

namespace Meanwhile.Architecture.Tests.PublicApi;

public sealed class PublicSurfaceTests
{
    [Theory]
    [InlineData("Meanwhile.Abstractions")]
    [InlineData("Meanwhile.Contracts")]
    [InlineData("Meanwhile.Client")]
    public void The_public_surface_is_the_one_that_was_agreed_on(string name)
    {
        var agreed = Repository.PathOf("tests", "Meanwhile.Architecture.Tests", "PublicApi", $"{name}.txt");
        var actual = PublicSurface.Of(Assembly.Load(name));
        if (Environment.GetEnvironmentVariable("UPDATE_PUBLIC_API") == "1") File.WriteAllLines(agreed, actual);

        var lines = File.ReadAllLines(agreed);
        var added = actual.Except(lines).Select(line => $"+ {line.Trim()}");
        var removed = lines.Except(actual).Select(line => $"- {line.Trim()}");

        Assert.True(actual.SequenceEqual(lines), $"{name} has another surface. If it is meant, run this test with UPDATE_PUBLIC_API=1 and commit the file.\n{string.Join("\n", removed.Concat(added))}");
    }
}
