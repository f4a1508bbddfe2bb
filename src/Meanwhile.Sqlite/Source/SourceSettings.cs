using System.Text.Json;
using Meanwhile.Problems;
using Meanwhile.Sources;

namespace Meanwhile.Sqlite.Source;

/// <summary>A source's own settings, read from its definition.</summary>
internal sealed record SourceSettings
{
    /// <summary>The database file, as written in the definition.</summary>
    public required string Path { get; init; }

    /// <summary>Whether a missing file is made; only where writes are allowed. Default false.</summary>
    public bool Create { get; init; }

    /// <summary>Page cache of each connection in KiB. Default 16,384; 64 to 1,048,576.</summary>
    public int CacheSizeKib { get; init; } = 16 * 1024;

    /// <summary>Memory of each connection in bytes; null = the server's default.</summary>
    public long? MemoryBytesMax { get; init; }

    /// <summary>How long a lock held by another connection is waited for. Default 5 s; 0 to 600 s.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Reads the settings; what is wrong goes to <paramref name="errors"/>.</summary>
    /// <returns>Usable only when there were no errors.</returns>
    public static SourceSettings Read(SourceDefinition definition, List<FieldError> errors)
    {
        var settings = new SourceSettings { Path = "" };
        if (definition.Settings.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new("settings", $"is {definition.Settings.KindInWords}; an object with at least \"path\" is needed"));
            return settings;
        }

        foreach (var property in definition.Settings.EnumerateObject())
        {
            var value = property.Value;
            settings = property.Name switch
            {
                "path" => settings with { Path = Text(value, "path", errors) },
                "create" => settings with { Create = Flag(value, "create", errors) },
                "cache_size_kib" => settings with { CacheSizeKib = (int)Number(value, "cache_size_kib", 64, 1024 * 1024, errors) },
                "memory_max_bytes" => settings with { MemoryBytesMax = Number(value, "memory_max_bytes", 1024 * 1024, long.MaxValue, errors) },
                "busy_timeout_ms" => settings with { BusyTimeout = TimeSpan.FromMilliseconds(Number(value, "busy_timeout_ms", 0, 600_000, errors)) },
                _ => Unknown(settings, property.Name, errors),
            };
        }

        if (settings.Path.Length == 0 && errors.Count == 0) errors.Add(new("settings.path", "is missing; the path of the database file is needed"));
        if (settings.Create && definition.Options.ReadOnly) errors.Add(new("settings.create", "is true, but a read-only source can't create its file; set \"read_only\": false, or leave this out"));
        return settings;
    }

    private static string Text(JsonElement value, string name, List<FieldError> errors)
    {
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text) return text;

        errors.Add(new("settings." + name, $"is {(value.ValueKind == JsonValueKind.String ? "empty" : value.KindInWords)}; a string that is not empty is accepted"));
        return "";
    }

    private static bool Flag(JsonElement value, string name, List<FieldError> errors)
    {
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();

        errors.Add(new("settings." + name, $"is {value.KindInWords}; true or false is accepted"));
        return false;
    }

    private static long Number(JsonElement value, string name, long least, long most, List<FieldError> errors)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most) return number;

        errors.Add(new("settings." + name, $"is {(value.ValueKind == JsonValueKind.Number ? value.GetRawText() : value.KindInWords)}; a whole number from {least} to {most} is accepted"));
        return least;
    }

    private static SourceSettings Unknown(SourceSettings settings, string name, List<FieldError> errors)
    {
        errors.Add(new("settings." + name, "is no setting here; path, create, cache_size_kib, memory_max_bytes and busy_timeout_ms are accepted"));
        return settings;
    }
}
