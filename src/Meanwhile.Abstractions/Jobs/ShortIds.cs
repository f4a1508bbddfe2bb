using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Meanwhile.Jobs;

/// <summary>The id that people and models can carry: <c>j</c> and 8 characters of Crockford base32, unique within a project.</summary>
/// <remarks>
/// A project's sequence goes through a keyed permutation of 40 bits (a four-round Feistel network over 20-bit halves), so there is
/// no collision to handle and a neighbour can't be guessed. The key belongs to the store and is never rotated. Read in any case,
/// with Crockford's aliases (o for 0, i and l for 1). Safe for concurrent use.
/// </remarks>
public sealed class ShortIds
{
    /// <summary>The largest sequence that has a short id: 2^40 - 1.</summary>
    public const long SequenceMax = (1L << 40) - 1;

    /// <summary>How many bytes a key has.</summary>
    public const int KeyLength = 16;

    private const int Characters = 8;
    private const int HalfMask = (1 << 20) - 1;
    private const int Rounds = 4;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private readonly byte[] _key;

    /// <param name="key">The store's key: <see cref="KeyLength"/> random bytes.</param>
    public ShortIds(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyLength) throw new ArgumentException($"A short id key has {KeyLength} bytes, not {key.Length}.", nameof(key));
        _key = key.ToArray();
    }

    /// <summary>The short id of a project's nth job.</summary>
    /// <param name="sequence">0 to <see cref="SequenceMax"/>.</param>
    public string Format(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, SequenceMax);
        var (left, right) = ((int)(sequence >> 20), (int)(sequence & HalfMask));
        for (var round = 0; round < Rounds; round++) (left, right) = (right, left ^ Mix(round, right));
        var value = ((long)left << 20) | (uint)right;
        return string.Create(Characters + 1, value, static (text, bits) =>
        {
            text[0] = 'j';
            for (var i = Characters; i > 0; i--, bits >>= 5) text[i] = Alphabet[(int)(bits & 31)];
        });
    }

    /// <summary>Reads a short id back to the sequence; false when the text is none.</summary>
    public bool TryParse(ReadOnlySpan<char> text, out long sequence)
    {
        sequence = 0;
        if (text.Length != Characters + 1 || (text[0] | 0x20) != 'j') return false;
        foreach (var character in text[1..])
        {
            var digit = Digit(character);
            if (digit < 0) return false;
            sequence = (sequence << 5) | (uint)digit;
        }

        var (left, right) = ((int)(sequence >> 20), (int)(sequence & HalfMask));
        for (var round = Rounds - 1; round >= 0; round--) (left, right) = (right ^ Mix(round, left), left);
        sequence = ((long)left << 20) | (uint)right;
        return true;
    }

    private int Mix(int round, int half)
    {
        Span<byte> input = stackalloc byte[8];
        Span<byte> output = stackalloc byte[32];
        BinaryPrimitives.WriteInt32LittleEndian(input, round);
        BinaryPrimitives.WriteInt32LittleEndian(input[4..], half);
        HMACSHA256.HashData(_key, input, output);
        return BinaryPrimitives.ReadInt32LittleEndian(output) & HalfMask;
    }

    private static int Digit(char character) => char.ToLowerInvariant(character) switch
    {
        'o' => 0,
        'i' or 'l' => 1,
        var lower => Alphabet.IndexOf(lower, StringComparison.Ordinal),
    };
}
