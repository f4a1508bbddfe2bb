using System.Globalization;
using Meanwhile.Contracts;
using Meanwhile.Problems;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Operations;

/// <summary>Reads a query string strictly: what is unknown, repeated or unreadable is refused by name.</summary>
internal sealed class QueryReader
{
    private readonly IQueryCollection _query;

    /// <exception cref="ProblemException">The query has parameters that the operation does not, or one twice.</exception>
    public QueryReader(IQueryCollection query, IReadOnlyList<QueryParameter> known)
    {
        _query = query;
        if (query.Count == 0) return;
        List<FieldError> errors = [];
        foreach (var (name, values) in query)
        {
            var parameter = known.FirstOrDefault(candidate => candidate.Name == name);
            if (parameter is null)
            {
                var accepted = known.Count == 0 ? "none is accepted" : $"known are {string.Join(", ", known.Select(candidate => candidate.Name))}";
                errors.Add(new FieldError(name, $"is no query parameter here; {accepted}"));
            }
            else if (values.Count > 1 && !parameter.IsList)
            {
                errors.Add(new FieldError(name, "is given more than once"));
            }
        }

        if (errors.Count > 0) throw Refusals.Fields(errors);
    }

    /// <summary>A text; null when absent or empty.</summary>
    public string? Text(string name) => _query.TryGetValue(name, out var values) && values.ToString() is { Length: > 0 } text ? text : null;

    /// <summary>Every value of a repeated parameter.</summary>
    public IReadOnlyList<string> Texts(string name) => _query.TryGetValue(name, out var values) ? [.. values.OfType<string>()] : [];

    /// <summary>Every value of a parameter whose values may also be joined by commas.</summary>
    public IReadOnlyList<string> Words(string name) =>
        [.. Texts(name).SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    /// <summary>A whole number within bounds; null when absent.</summary>
    public int? Int(string name, int min, int max) => (int?)Long(name, min, max);

    /// <summary>A whole number within bounds; null when absent.</summary>
    public long? Long(string name, long min, long max)
    {
        if (Text(name) is not { } text) return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw Refusals.Field(name, $"is '{Refusals.Short(text)}'; an integer {(max is int.MaxValue or long.MaxValue ? $"of {min} or more" : $"from {min} to {max}")} is accepted");
    }

    /// <summary>A number within bounds; null when absent.</summary>
    public double? Number(string name, double min, double max)
    {
        if (Text(name) is not { } text) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw Refusals.Field(name, FormattableString.Invariant($"is '{Refusals.Short(text)}'; a number {(max is double.MaxValue ? $"of {min} or more" : $"from {min} to {max}")} is accepted"));
    }

    /// <summary>Seconds to wait; zero when absent.</summary>
    public TimeSpan Wait(string name) => TimeSpan.FromSeconds(Number(name, 0, WaitSecondsMax) ?? 0);

    /// <summary>True or false; false when absent.</summary>
    public bool Flag(string name) => OneOf(name, "false", "true") == "true";

    /// <summary>A time; null when absent.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text) return null;
        return Timestamps.TryParse(text, out var at)
            ? at
            : throw Refusals.Field(name, $"is '{Refusals.Short(text)}'; a time such as 2026-01-31T12:00:00Z, with its offset, is accepted");
    }

    /// <summary>One of a few words; the first when absent.</summary>
    public string OneOf(string name, params ReadOnlySpan<string> words)
    {
        if (Text(name) is not { } text) return words[0];
        return words.Contains(text) ? text : throw Refusals.Field(name, $"is '{Refusals.Short(text)}'; {string.Join(", ", words)} are accepted");
    }

    /// <summary>The longest wait that can be asked for.</summary>
    public const int WaitSecondsMax = 60;
}
