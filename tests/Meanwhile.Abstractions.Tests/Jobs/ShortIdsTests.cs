using FsCheck;
using FsCheck.Fluent;
using Meanwhile.Jobs;

namespace Meanwhile.Abstractions.Tests.Jobs;

public sealed class ShortIdsTests
{
    private static readonly ShortIds Ids = new("0123456789abcdef"u8);
    private static readonly Arbitrary<long> Sequences = Gen.Choose(0, (1 << 20) - 1).Two().Select(halves => ((long)halves.Item1 << 20) | (uint)halves.Item2).ToArbitrary();

    [Fact]
    public void A_short_id_reads_back_to_its_sequence() =>
        Prop.ForAll(Sequences, sequence => Ids.TryParse(Ids.Format(sequence), out var read) && read == sequence).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_text_of_the_form_is_the_short_id_of_one_sequence() =>
        Prop.ForAll(Sequences, bits =>
        {
            var text = "j" + string.Concat(Enumerable.Range(0, 8).Select(i => "0123456789abcdefghjkmnpqrstvwxyz"[(int)(bits >> (5 * i)) & 31]));
            return Ids.TryParse(text, out var sequence) && Ids.Format(sequence) == text;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Case_and_lookalikes_do_not_matter()
    {
        var text = Enumerable.Range(1, 1_000).Select(i => Ids.Format(i)).First(id => id[1..].Contains('0', StringComparison.Ordinal) && id[1..].Contains('1', StringComparison.Ordinal));
        Assert.True(Ids.TryParse(text, out var expected));

        foreach (var other in (string[])[text.ToUpperInvariant(), "j" + text[1..].Replace('0', 'O'), "j" + text[1..].Replace('1', 'l'), "J" + text[1..].Replace('1', 'I')])
        {
            Assert.True(Ids.TryParse(other, out var sequence));
            Assert.Equal(expected, sequence);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("j")]
    [InlineData("j0000000")]
    [InlineData("j000000000")]
    [InlineData("k00000000")]
    [InlineData("j0000000u")]
    [InlineData("j0000000-")]
    public void Other_text_is_no_short_id(string text) => Assert.False(Ids.TryParse(text, out _));

    [Fact]
    public void Another_key_gives_other_ids() => Assert.NotEqual(Ids.Format(1), new ShortIds("fedcba9876543210"u8).Format(1));

    [Fact]
    public void A_key_of_another_length_and_a_sequence_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new ShortIds("short"u8));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ids.Format(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ids.Format(ShortIds.SequenceMax + 1));
    }
}
