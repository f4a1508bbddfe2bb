using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Source.Functions;
using Meanwhile.Sqlite.Source.Hardening;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Tests.Source;

public sealed class HeedfulFunctionTests : SourceTestBase
{
    /// <summary>Values that differ in type, length, case, well-formedness and special characters.</summary>
    private const string Samples =
        """
        create table s (x); insert into s values (null), (''), ('a'), ('A'), ('ab'), ('aab'), ('abab'), ('%'), ('_'), ('a%'), ('%b'), ('[a]'), ('[^a-c]*'), ('[]-]'), ('*b'), ('a?'),
        ('é'), ('É'), ('aéb'), ('日本'), ('本'), ('  a '), (' '), (12), (1.5), (x''), (x'61'), (x'C3A9'), (x'00'), (cast(x'80' as text)), (cast(x'8061' as text)), (cast(x'C3' as text)),
        (cast(x'61C3A9FF' as text)), (cast(x'610062' as text)), (cast(x'0061' as text)), ('12'), ('a b'), ('zz1f'), ('1f'), ('\')
        """;

    [Theory]
    [InlineData("select a.rowid, b.rowid, hex(quote(instr(a.x, b.x))), a.x like b.x, a.x glob b.x, quote(a.x like b.x escape '\\'), quote(a.x like b.x escape '%') from s a, s b")]
    [InlineData("select a.rowid, b.rowid, hex(quote(trim(a.x, b.x))), hex(quote(ltrim(a.x, b.x))), hex(quote(rtrim(a.x, b.x))), quote(unhex(a.x, b.x)) from s a, s b")]
    [InlineData("select a.rowid, hex(quote(trim(a.x))), hex(quote(ltrim(a.x))), hex(quote(rtrim(a.x))), typeof(trim(a.x)), quote(unhex(a.x)) from s a")]
    [InlineData("select a.rowid, b.rowid, c.rowid, hex(replace(a.x, b.x, c.x)), typeof(replace(a.x, b.x, c.x)), length(replace(a.x, b.x, c.x)) from s a, s b, s c")]
    public async Task The_results_are_those_of_SQLites_own(string sql)
    {
        await ResultsAsync(Samples, readOnly: false);

        var ours = (await ResultsAsync(sql))[0].Rows;

        using var plain = Connection.Open(Path.Combine(Fixture.Root, "a.db"), 1);
        using var statement = plain.Prepare(sql);
        foreach (var row in ours)
        {
            Assert.True(statement.Step());
            Assert.Equal(Enumerable.Range(0, row.Length).Select(column => statement.String(column)), row.Select(cell => cell?.ToString()));
        }

        Assert.False(statement.Step());
        Assert.NotEmpty(ours);
    }

    [Fact]
    public void The_matcher_for_long_texts_decides_as_SQLites_own()
    {
        string[] pieces = ["a", "A", "b", "é", "本", "%", "_", "*", "?", "[", "]", "^", "-", "\\", "ab"];
        var draw = new Random(1);
        var guard = new StatementGuard(true, long.MaxValue, 0, TimeSpan.Zero, TimeProvider.System, CancellationToken.None);
        var matches = 0;
        for (var round = 0; round < 200_000; round++)
        {
            var pattern = Draw(pieces, 8);
            var text = Draw(pieces, 8);
            foreach (var rules in (PatternRules[])[PatternRules.Like(0), PatternRules.Like('\\'), PatternRules.Glob])
            {
                var heed = new Heed(guard);
                var ours = PatternMatcher.Match(pattern.AsSpan()[..^1], text.AsSpan()[..^1], rules, ref heed) == PatternAnswer.Match;
                Assert.True(Own(pattern, text, rules) == ours, $"{rules}: {System.Text.Encoding.UTF8.GetString(pattern)} on {System.Text.Encoding.UTF8.GetString(text)}");
                matches += ours ? 1 : 0;
            }
        }

        Assert.True(matches > 1000);

        byte[] Draw(string[] from, int most) => System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, draw.Next(most)).Select(_ => from[draw.Next(from.Length)])) + "\0");
    }

    [Fact]
    public async Task A_long_text_is_searched_across_the_pieces()
    {
        const string Text = "select instr(x || 'b' || x, substr(x, 1, 300000) || 'b'), length(replace(x || 'b' || x, substr(x, 1, 300000) || 'b', '')), x || 'b' like '%' || substr(x, 1, 2) || 'b' from (select replace(hex(zeroblob(2000000)), '00', 'a') as x)";

        Assert.Equal([1_700_001L, 3_700_000L, 1L], await RowAsync(Text));
    }

    private static unsafe bool Own(byte[] pattern, byte[] text, PatternRules rules)
    {
        fixed (byte* p = pattern, t = text) return (rules.IsGlob ? SourceCalls.StringGlob(p, t) : SourceCalls.StringLike(p, t, rules.Other)) == 0;
    }
}
