using System.Text.Json;
using Meanwhile.Problems;
using Meanwhile.Registry;

namespace Meanwhile.Access;

/// <summary>The keys by which principals are known.</summary>
internal sealed class Keys(RegistryCache registry, KeyCheck check, AuditTrail audit, TimeProvider time, Action<Span<byte>> draw)
{
    private const int KeysMax = 10_000;
    private const int TriesMax = 5;

    /// <summary>How long a secret may work beside the one that follows it.</summary>
    public static readonly TimeSpan GraceMax = TimeSpan.FromDays(7);

    /// <summary>The project's keys, newest first.</summary>
    public Page<KeyInfo> List(string? cursor, int? limit, Caller caller) =>
        Paging.Cut(Of(caller.Project), key => $"{key.CreatedAt.UtcTicks:x16}{key.Id}", cursor, limit, descending: true);

    /// <summary>Makes a key in the caller's project.</summary>
    public async ValueTask<NewKey> CreateAsync(KeyRequest request, Caller caller, CancellationToken cancellationToken)
    {
        if (request.IsInstanceAdmin) Permissions.Need(caller, Permission.ManageInstanceKeys);
        check.Check(request, caller);
        if (Of(caller.Project).Count() >= KeysMax) throw new ProblemException(ProblemCodes.TooMany, $"Project '{caller.Project}' has {KeysMax} keys, the most there may be; let some go.");
        var (id, secret) = KeyTokens.Make(draw);
        var info = await StoreAsync(id, secret, caller.Project, request, cancellationToken);
        await audit.RecordAsync(caller, "key.create", id, new Dictionary<string, string> { ["role"] = request.Role.Word }, cancellationToken);
        return new NewKey(info, KeyTokens.Format(id, secret));
    }

    /// <summary>Gives a key a new secret, beside which the one before works for a while.</summary>
    public async ValueTask<NewKey> RotateAsync(string id, TimeSpan grace, Caller caller, CancellationToken cancellationToken)
    {
        if (grace < TimeSpan.Zero || grace > GraceMax) throw SpecMaker.Invalid([new FieldError("grace_seconds", $"is {grace.TotalSeconds}; 0 to {GraceMax.TotalSeconds} is accepted")]);
        var document = Find(id, caller);
        var (key, now) = (Read(document), time.GetUtcNow());
        if (!IsWorking(key, now)) throw new ProblemException(ProblemCodes.Conflict, $"The key is {(key.RevokedAt is null ? "expired" : "revoked")}; make another.");
        var (_, secret) = KeyTokens.Make(draw);
        var changed = key with { Hash = KeyTokens.Hash(secret), RotatedAt = now, OldHash = grace > TimeSpan.Zero ? key.Hash : null, OldSecretUntil = grace > TimeSpan.Zero ? now + grace : null };
        var written = await PutAsync(document, changed, cancellationToken) ?? throw Changed();
        await audit.RecordAsync(caller, "key.rotate", id, new Dictionary<string, string> { ["grace_seconds"] = $"{grace.TotalSeconds}" }, cancellationToken);
        return new NewKey(Info(written, now), KeyTokens.Format(id, secret));
    }

    /// <summary>Ends a key at once.</summary>
    public async ValueTask<KeyInfo> RevokeAsync(string id, Caller caller, CancellationToken cancellationToken)
    {
        for (var tried = 1; ; tried++)
        {
            var document = Find(id, caller);
            var (key, now) = (Read(document), time.GetUtcNow());
            if (key.RevokedAt is not null) return Info(document, now);
            var isSafe = !key.IsInstanceAdmin || await SecureAnotherAsync(id, now, cancellationToken);
            if (isSafe && await PutAsync(document, key with { RevokedAt = now, OldHash = null, OldSecretUntil = null }, cancellationToken) is { } written)
            {
                await audit.RecordAsync(caller, "key.revoke", id, null, cancellationToken);
                return Info(written, now);
            }

            if (tried == TriesMax) throw Changed();
            await registry.RefreshAsync(document.Key, cancellationToken);
        }
    }

    /// <summary>Makes sure that a working key of an instance admin is left once another is ended, whichever nodes end keys meanwhile.</summary>
    /// <remarks>
    /// The one that is to be left is written anew, unchanged, at the version that is known here. That takes effect only if nobody has ended it, and then whoever is about to
    /// end it, counting on the other, finds that it has changed: of two who each count on the other's key no more than one succeeds.
    /// </remarks>
    /// <returns>False when it was changed meanwhile, so that all has to be looked at anew.</returns>
    /// <exception cref="ProblemException">There is no other.</exception>
    private async ValueTask<bool> SecureAnotherAsync(string id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var other = registry.All(DocumentKinds.Key).Where(document => document.Key.Name != id && Read(document) is { IsInstanceAdmin: true } key && IsWorking(key, now)).MaxBy(document => Read(document).ExpiresAt ?? DateTimeOffset.MaxValue)
            ?? throw new ProblemException(ProblemCodes.Conflict, "This is the last working key of an instance admin; make another before revoking it.");
        if (await PutAsync(other, Read(other), cancellationToken) is not null) return true;
        await registry.RefreshAsync(other.Key, cancellationToken);
        return false;
    }

    /// <summary>Stores a key whose secret is known.</summary>
    public async ValueTask<KeyInfo> StoreAsync(string id, string secret, string project, KeyRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var document = new KeyDocument
        {
            Hash = KeyTokens.Hash(secret),
            Name = request.Name,
            Role = request.Role.Word,
            OwnJobsOnly = request.OwnJobsOnly,
            Sources = request.Sources is { } sources ? [.. sources.Distinct().Order(StringComparer.Ordinal)] : null,
            IsInstanceAdmin = request.IsInstanceAdmin,
            CreatedAt = now,
            ExpiresAt = request.ExpiresAt ?? now + request.ExpiresIn,
        };
        var json = JsonSerializer.Serialize(document, DocumentJson.Default.KeyDocument);
        var written = await registry.PutAsync(new DocumentKey(DocumentKinds.Key, project, id), json, null, cancellationToken);
        return Info(written!, now);
    }

    /// <summary>What a document says of a key.</summary>
    public static KeyDocument Read(Document document) => JsonSerializer.Deserialize(document.Json, DocumentJson.Default.KeyDocument)!;

    private static bool IsWorking(KeyDocument key, DateTimeOffset now) => key.RevokedAt is null && !(key.ExpiresAt <= now);

    private IEnumerable<KeyInfo> Of(string project)
    {
        var now = time.GetUtcNow();
        return registry.All(DocumentKinds.Key).Where(document => document.Key.Project == project).Select(document => Info(document, now));
    }

    private Document Find(string id, Caller caller)
    {
        var document = registry.Get(DocumentKinds.Key, caller.Project, id) ?? throw new ProblemException(ProblemCodes.NotFound, $"There is no key '{RequestCheck.Shown(id)}' in this project.");
        if (Read(document).IsInstanceAdmin) Permissions.Need(caller, Permission.ManageInstanceKeys);
        return document;
    }

    private ValueTask<Document?> PutAsync(Document document, KeyDocument key, CancellationToken cancellationToken) =>
        registry.PutAsync(document.Key, JsonSerializer.Serialize(key, DocumentJson.Default.KeyDocument), document.Version, cancellationToken);

    private static KeyInfo Info(Document document, DateTimeOffset now)
    {
        var key = Read(document);
        var role = Roles.FromWord(key.Role) ?? Role.Viewer;
        return new KeyInfo(document.Key.Name, document.Key.Project, key.Name, role, key.OwnJobsOnly, key.IsInstanceAdmin, key.CreatedAt, key.ExpiresAt, key.RevokedAt)
        {
            Sources = key.Sources,
            RotatedAt = key.RotatedAt,
            OldSecretUntil = key.OldSecretUntil > now ? key.OldSecretUntil : null,
        };
    }

    private static ProblemException Changed() => new(ProblemCodes.Conflict, "The key was changed meanwhile; try again.");
}
