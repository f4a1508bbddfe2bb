using System.Collections.Concurrent;
using Meanwhile.Registry;

namespace Meanwhile.Access;

/// <summary>Knows who a token belongs to.</summary>
internal sealed class Authentication(RegistryCache registry, Projects projects, AuditTrail audit, TimeProvider time)
{
    /// <summary>Refusals remembered so that a flood of bad tokens is no flood of audit entries.</summary>
    private const int RefusalsMax = 10_000;
    private static readonly TimeSpan RefusalEvery = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _refusals = new();
    private volatile Known _known = new(-1, []);

    private sealed record Known(long Changes, Dictionary<string, KnownKey> ById);

    private sealed record KnownKey(string Project, KeyDocument Key, IReadOnlySet<string>? Sources);

    /// <summary>The caller of a token; null when it is refused.</summary>
    public async ValueTask<Caller?> AuthenticateAsync(string token, string? project, CancellationToken cancellationToken)
    {
        if (!KeyTokens.TryParse(token, out var id, out var secret)) return await RefuseAsync("anonymous", "no key", cancellationToken);
        if (!Keys().TryGetValue(id, out var known)) return await RefuseAsync("anonymous", "unknown key", cancellationToken);
        var key = known.Key;
        if (Refusal(key, secret, time.GetUtcNow()) is { } why) return await RefuseAsync(id, why, cancellationToken);
        var own = known.Project;
        if (project is not null && project != own && !(key.IsInstanceAdmin && projects.Exists(project))) return await RefuseAsync(id, "other project", cancellationToken);
        return new Caller
        {
            Project = project ?? own,
            Principal = id,
            Role = Roles.FromWord(key.Role) ?? Role.Viewer,
            OwnJobsOnly = key.OwnJobsOnly,
            Sources = known.Sources,
            IsInstanceAdmin = key.IsInstanceAdmin,
        };
    }

    /// <summary>Why a secret does not open a key; null when it does.</summary>
    private static string? Refusal(KeyDocument key, string secret, DateTimeOffset now)
    {
        if (!KeyTokens.Matches(secret, key.Hash))
        {
            if (key.OldHash is not { } old || !KeyTokens.Matches(secret, old)) return "wrong secret";
            if (key.RevokedAt is null && !(key.OldSecretUntil > now)) return "rotated";
        }

        return key.RevokedAt is not null ? "revoked" : key.ExpiresAt <= now ? "expired" : null;
    }

    private Dictionary<string, KnownKey> Keys()
    {
        var known = _known;
        var changes = registry.Changes;
        if (known.Changes == changes) return known.ById;
        Dictionary<string, KnownKey> keys = [];
        foreach (var document in registry.All(DocumentKinds.Key).OrderBy(document => document.UpdatedAt)) // of an id that was stored for two projects the newest counts
        {
            var key = Access.Keys.Read(document);
            keys[document.Key.Name] = new KnownKey(document.Key.Project, key, key.Sources?.ToHashSet());
        }

        _known = new Known(changes, keys);
        return keys;
    }

    private async ValueTask<Caller?> RefuseAsync(string principal, string why, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_refusals.TryGetValue(principal, out var last) && now - last < RefusalEvery) return null;
        if (_refusals.Count >= RefusalsMax) _refusals.Clear();
        _refusals[principal] = now;
        await audit.RecordAsync("", principal, "access.denied", principal, new Dictionary<string, string> { ["why"] = why }, cancellationToken);
        return null;
    }
}
