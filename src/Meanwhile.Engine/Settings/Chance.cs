namespace Meanwhile.Settings;

/// <summary>Where the engine takes chance from, so that a simulation can repeat it. Secrets are not drawn here.</summary>
/// <param name="Fill">Fills a span with random bytes; need not be thread-safe for ids, which are made under a lock.</param>
/// <param name="Fraction">Uniform in [0, 1); thread-safe.</param>
public sealed record Chance(Action<Span<byte>> Fill, Func<double> Fraction);
