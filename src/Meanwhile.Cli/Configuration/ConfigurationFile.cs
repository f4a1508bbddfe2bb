using System.Text.Json;
using Meanwhile.Cli.Problems;
using Meanwhile.Contracts;
using Meanwhile.Problems;
using Meanwhile.Sources;
using Meanwhile.Tools;

namespace Meanwhile.Cli.Configuration;

/// <summary>Reads <c>meanwhile.json</c>.</summary>
internal static class ConfigurationFile
{
    private const double ShutdownDelaySecondsMax = 60;
    private const double CollectSecondsMax = 86_400;
    private const long SqliteMemoryBytesMin = 64 * 1024 * 1024;
    private const string Where = "docs/operations.md describes every field.";

    /// <summary>What the file holds.</summary>
    /// <exception cref="UsageException">It can't be read, or holds something that it can't hold; the message names the place.</exception>
    public static ServerConfiguration Read(string path)
    {
        try
        {
            var configuration = JsonSerializer.Deserialize(File.ReadAllText(path), ConfigurationJson.Default.ServerConfiguration)
                ?? throw new UsageException($"{path} holds no object.", Where);
            return Fault(configuration) is { } fault ? throw new UsageException($"{path}: {fault}", Where) : configuration;
        }
        catch (JsonException bad)
        {
            throw new UsageException($"{path}: {Reason(bad)}", Where);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} can't be read: {unreadable.Message}");
        }
    }

    /// <summary>What is wrong with values that can be read; null = nothing.</summary>
    private static string? Fault(ServerConfiguration configuration)
    {
        if (configuration.Defaults.CollectSeconds is { } seconds && seconds is not (> 0 and <= CollectSecondsMax)) return $"defaults.collect_seconds is {seconds}; more than 0 and at most {CollectSecondsMax} is accepted.";
        if (configuration.Defaults.WorkerDeadSeconds is { } silent && silent is not (>= 10 and <= 3_600)) return $"defaults.worker_dead_seconds is {silent}; 10 to 3600 is accepted.";
        if (configuration.Limits.ShutdownDelaySeconds is { } delay && delay is not (>= 0 and <= ShutdownDelaySecondsMax)) return $"limits.shutdown_delay_seconds is {delay}; 0 to {ShutdownDelaySecondsMax} is accepted.";
        if (configuration.Limits.SqliteMemoryBytes is { } bytes and < SqliteMemoryBytesMin) return $"limits.sqlite_memory_bytes is {bytes}; {SqliteMemoryBytesMin} and more is accepted.";
        if (configuration.PublicUrl is { } url && !(url.IsAbsoluteUri && url.Scheme is "http" or "https")) return $"public_url is '{url}'; an absolute http or https address is accepted.";
        foreach (var (field, rate) in Rates(configuration.Limits))
        {
            if (rate is < 0) return $"limits.{field} is {rate}; 0 (any) and more is accepted.";
        }

        if (configuration.Tools.Select(ToolFault).FirstOrDefault(fault => fault is not null) is { } wrong) return wrong;
        var rule = configuration.Allow?.Index().FirstOrDefault(rule => rule.Item.Hosts.Any(host => string.IsNullOrWhiteSpace(host) || host.Any(char.IsWhiteSpace))) ?? default;
        return rule.Item is null ? null : $"allow[{rule.Index}].hosts holds what is no host; names, '*.example.com', addresses, networks such as '10.1.0.0/16', or '*' for any public host are accepted.";
    }

    private static string? ToolFault(ToolSection tool)
    {
        var errors = ToolDefinitionCheck.Errors(tool.ToDefinition());
        return errors.Count == 0 ? null : $"tool '{tool.Name}': {FieldErrors.Detail(errors)}";
    }

    private static IEnumerable<(string Field, int? Rate)> Rates(LimitSection limits) =>
        [("requests_per_second", limits.RequestsPerSecond), ("project_requests_per_second", limits.ProjectRequestsPerSecond), ("failed_logins_per_minute", limits.FailedLoginsPerMinute)];

    /// <summary>A source of the file as the engine takes it: shared by every project.</summary>
    /// <exception cref="UsageException">Its name, type or settings are missing.</exception>
    public static SourceDefinition ToDefinition(SourceSubmission source)
    {
        if (source.Name is not { Length: > 0 } name) throw new UsageException("A source of the configuration file has no name.", Where);
        if (source.Type is not { Length: > 0 } type) throw new UsageException($"Source '{name}' of the configuration file has no type.", Where);
        if (source.Settings is not { ValueKind: JsonValueKind.Object } settings) throw new UsageException($"Source '{name}' of the configuration file has no settings.", Where);
        return new SourceDefinition(Project: "", name, type, settings, ToOptions(source.Options ?? new SourceOptionsResource()));
    }

    private static SourceOptions ToOptions(SourceOptionsResource options)
    {
        var plain = new SourceOptions
        {
            ReadOnly = options.ReadOnly ?? true,
            Concurrency = options.Concurrency,
            StatementTimeout = options.StatementTimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            RowsMax = options.MaxRows,
            ResultBytesMax = options.MaxResultBytes,
        };
        return options.MaxCellBytes is { } cellBytes ? plain with { CellBytesMax = cellBytes } : plain;
    }

    /// <summary>The reason without the names of our types.</summary>
    private static string Reason(JsonException bad)
    {
        var place = bad.LineNumber is { } line ? $"line {line + 1}" : "the file";
        const string unmapped = "The JSON property '";
        if (bad.Message.StartsWith(unmapped, StringComparison.Ordinal) && bad.Message.Contains("could not be mapped", StringComparison.Ordinal))
        {
            return $"{place}: '{bad.Message[unmapped.Length..bad.Message.IndexOf('\'', unmapped.Length)]}' ({bad.Path}) is no field that is known.";
        }

        return $"{place}: {(bad.Path is { } path && path != "$" ? $"{path} can't be read." : bad.Message)}";
    }
}
