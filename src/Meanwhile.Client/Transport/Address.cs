using System.Globalization;
using System.Text;
using Meanwhile.Contracts;

namespace Meanwhile.Client;

/// <summary>Builds a path and its query, everything in it escaped.</summary>
internal sealed class Address(string path)
{
    private readonly StringBuilder _text = new(path);
    private bool _hasQuery;

    /// <summary>A path of fixed and given parts.</summary>
    public static Address Of(string resource, string? item = null, string? rest = null) =>
        new($"v1/{resource}{(item is null ? "" : "/" + Uri.EscapeDataString(item))}{rest}");

    /// <summary>Adds a parameter, unless it is null.</summary>
    public Address With(string name, string? value)
    {
        if (value is null) return this;
        _text.Append(_hasQuery ? '&' : '?').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        _hasQuery = true;
        return this;
    }

    /// <summary>Adds a number, unless it is null.</summary>
    public Address With<T>(string name, T? value) where T : struct, IFormattable => With(name, value?.ToString(null, CultureInfo.InvariantCulture));

    /// <summary>Adds a time, unless it is null.</summary>
    public Address With(string name, DateTimeOffset? value) => With(name, value is { } at ? Timestamps.Format(at) : null);

    /// <summary>Adds a list, unless it is empty.</summary>
    public Address With(string name, IReadOnlyList<string> values) => values.Count == 0 ? this : With(name, string.Join(',', values));

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
