using System.Globalization;

namespace Meanwhile.Benchmarks;

/// <summary>Sizes of the long benchmarks, which the environment can change.</summary>
internal static class Sizes
{
    /// <summary>What a variable says, or else the usual.</summary>
    /// <exception cref="InvalidOperationException">It says something else than a number of that range.</exception>
    public static int Of(string variable, int usual, int min, int max)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text) return usual;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size >= min && size <= max) return size;
        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{variable} is '{text}'; a number from {min} to {max} is accepted. Leave it out for {usual}."));
    }
}
