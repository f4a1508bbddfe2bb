using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Meanwhile.Problems;

namespace Meanwhile.Registry;

/// <summary>What a configuration allows in sources that are defined through the API.</summary>
public sealed record SourceRules
{
    /// <summary>The projects that these rules are for; empty = all.</summary>
    public IReadOnlyList<string> Projects { get; init; } = [];

    /// <summary>References that may be used, such as <c>env:PG_PASSWORD</c> or <c>file:/run/secrets/*</c>; <c>*</c> at the end stands for anything.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>Kinds of sources; empty = all.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>Folders below which files may lie, besides the data directory's <c>sources</c>.</summary>
    public IReadOnlyList<string> PathRoots { get; init; } = [];

    /// <summary>Hosts that may be connected to: names, <c>*.example.com</c>, addresses, networks such as <c>10.1.0.0/16</c>, or <c>*</c> for any public one.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Whether these rules are for a project.</summary>
    public bool IsFor(string project) => Projects.Count == 0 || Projects.Contains(project);
}

/// <summary>References to secrets in a source's settings: <c>${env:NAME}</c> and <c>${file:/path}</c>, resolved only in memory, just before a source is made.</summary>
internal static partial class SourceReferences
{
    /// <summary>What stands between <c>${</c> and <c>}</c> in the settings, with the field that holds it: <c>env:NAME</c>, <c>file:PATH</c>, or what is no reference.</summary>
    public static IReadOnlyList<(string Field, string Reference)> Find(JsonElement settings)
    {
        List<(string, string)> found = [];
        Find(settings, "settings", found);
        return found;
    }

    /// <summary>Checks that every reference is one, and is allowed for a project. The message does not repeat what is none: it may be part of a secret.</summary>
    /// <param name="rules">Null = no allow section: an instance admin may use any reference, others none.</param>
    public static IReadOnlyList<FieldError> Check(JsonElement settings, string project, bool isInstanceAdmin, IReadOnlyList<SourceRules>? rules) =>
        [.. Find(settings)
            .Select(found => (found.Field, Message: Refusal(found.Reference, project, isInstanceAdmin, rules)))
            .Where(found => found.Message is not null)
            .Select(found => new FieldError(found.Field, found.Message!))];

    private static string? Refusal(string reference, string project, bool isInstanceAdmin, IReadOnlyList<SourceRules>? rules)
    {
        if (!IsReference(reference)) return "holds '${...}' that is no reference; ${env:NAME} and ${file:/path} are accepted";
        return IsAllowed(reference, project, isInstanceAdmin, rules)
            ? null
            : $"The reference ${{{reference}}} is not allowed for project '{project}'; the server's configuration lists in its allow section which ones are.";
    }

    private static bool IsReference(string text) => Reference().Match($"${{{text}}}") is { Success: true, Index: 0 } match && match.Groups[1].Length == text.Length;

    /// <summary>The settings with every reference replaced by what it refers to.</summary>
    /// <exception cref="ProblemException">A reference points at nothing; the message names the reference, never a value.</exception>
    public static JsonElement Resolve(JsonElement settings)
    {
        if (Find(settings).Count == 0) return settings;
        var node = JsonObject.Create(settings)!;
        ResolveIn(node);
        using var document = JsonDocument.Parse(node.ToJsonString());
        return document.RootElement.Clone();
    }

    private static bool IsAllowed(string reference, string project, bool isInstanceAdmin, IReadOnlyList<SourceRules>? rules) =>
        rules is null
            ? isInstanceAdmin
            : rules.Any(rule => rule.IsFor(project) && rule.References.Any(pattern => Matches(pattern, reference)));

    private static bool Matches(string pattern, string reference) =>
        pattern.EndsWith('*') ? reference.StartsWith(pattern[..^1], StringComparison.Ordinal) && !reference.Contains("..", StringComparison.Ordinal) : pattern == reference;

    private static void Find(JsonElement element, string path, List<(string, string)> found)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject()) Find(property.Value, $"{path}.{property.Name}", found);
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) Find(item, path, found);
                break;
            case JsonValueKind.String:
                foreach (Match match in Written().Matches(element.GetString()!)) found.Add((path, match.Groups[1].Value));
                break;
        }
    }

    private static void ResolveIn(JsonNode node)
    {
        if (node is JsonObject members)
        {
            foreach (var (name, value) in members.ToList()) members[name] = ResolveValue(value);
        }
        else if (node is JsonArray items)
        {
            for (var i = 0; i < items.Count; i++) items[i] = ResolveValue(items[i]);
        }
    }

    private static JsonNode? ResolveValue(JsonNode? value)
    {
        if (value is JsonValue text && text.GetValueKind() == JsonValueKind.String)
            return JsonValue.Create(Reference().Replace(text.GetValue<string>(), match => Read(match.Groups[1].Value)));
        if (value is null) return null;
        var copy = value.DeepClone();
        ResolveIn(copy);
        return copy;
    }

    private static string Read(string reference)
    {
        if (reference.StartsWith("env:", StringComparison.Ordinal))
        {
            return Environment.GetEnvironmentVariable(reference[4..])
                ?? throw Missing(reference, "the server's environment has no such variable");
        }

        var path = reference["file:".Length..];
        try
        {
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Missing(reference, "the server can't read that file");
        }
    }

    private static ProblemException Missing(string reference, string why) =>
        new(ProblemCodes.InvalidRequest, $"The reference ${{{reference}}} points at nothing: {why}.");

    /// <summary>Finds at least what <see cref="Reference"/> does, so that nothing is resolved that was not checked.</summary>
    [GeneratedRegex(@"\$\{([^}]*)\}")]
    private static partial Regex Written();

    [GeneratedRegex(@"\$\{((?:env:[A-Za-z_][A-Za-z0-9_]*)|(?:file:/[^}]+))\}")]
    private static partial Regex Reference();
}
