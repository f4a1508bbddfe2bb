namespace Meanwhile.Testing.Stores;

/// <summary>Chance that can be repeated.</summary>
public static class Draws
{
    /// <summary>Fills spans with the bytes that a seed gives. Not safe for concurrent use.</summary>
    public static Action<Span<byte>> Seeded(int seed)
    {
        var random = new Random(seed);
        return random.NextBytes;
    }
}
