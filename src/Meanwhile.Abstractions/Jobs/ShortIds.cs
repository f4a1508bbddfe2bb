using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Meanwhile.Jobs;

/// <summary>The id that people and models can carry: <c>j</c> and 8 characters of Crockford base32, unique within a project.</summary>
/// <remarks>
/// A project's sequence goes through a keyed permutation of 40 bits (a four-round Feistel network over 20-bit halves), so there is
/// no collision to handle and neighbours look nothing alike. It hides nothing: who may see a job is decided elsewhere. The key belongs to the store and is never rotated. Read in any case,
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
    private readonly ulong[] _roundKeys;

    /// <param name="key">The store's key: <see cref="KeyLength"/> random bytes.</param>
    public ShortIds(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyLength) throw new ArgumentException($"A short id key has {KeyLength} bytes, not {key.Length}.", nameof(key));
        _roundKeys = RoundKeys(key);
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

    /// <summary>The finalizer of SplitMix64 over the half and the round's key: scatters well, and costs nothing beside a submission.</summary>
    private int Mix(int round, int half)
    {
        var mixed = (ulong)(uint)half ^ _roundKeys[round];
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) & HalfMask);
    }

    private static ulong[] RoundKeys(ReadOnlySpan<byte> key)
    {
        var hash = SHA256.HashData(key);
        var keys = new ulong[Rounds];
        for (var round = 0; round < Rounds; round++) keys[round] = BinaryPrimitives.ReadUInt64LittleEndian(hash.AsSpan(round * sizeof(ulong)));
        return keys;
    }

    private static int Digit(char character) => char.ToLowerInvariant(character) switch
    {
        'o' => 0,
        'i' or 'l' => 1,
        var lower => Alphabet.IndexOf(lower, StringComparison.Ordinal),
    };
}
