using System.Text.Json;
using Meanwhile.Problems;
using Meanwhile.Registry;

namespace Meanwhile.Access;

/// <summary>The keys by which principals are known.</summary>
internal sealed class Keys(RegistryCache registry, AuditTrail audit, TimeProvider time, Action<Span<byte>> draw)
{
    private const int NameLengthMax = 200;
    private const int KeysMax = 10_000;

    // Two that end at the same time must not each count on the other. Holds on this node: where several share a store, two nodes could still end the last two at once.
    private readonly HashSet<string> _ending = [];
    private readonly Lock _gate = new();

    /// <summary>The project's keys, newest first.</summary>
    public Page<KeyInfo> List(string? cursor, int? limit, Caller caller)
    {
        Permissions.NeedAdmin(caller, "list keys");
        return Paging.Cut(Of(caller.Project), key => $"{key.CreatedAt.UtcTicks:x16}{key.Id}", cursor, limit, descending: true);
    }

    /// <summary>Makes a key in the caller's project.</summary>
    public async ValueTask<NewKey> CreateAsync(KeyRequest request, Caller caller, CancellationToken cancellationToken)
    {
        Permissions.NeedAdmin(caller, "make a key");
        if (request.IsInstanceAdmin) Permissions.NeedInstanceAdmin(caller, "make a key for the instance");
        Check(request);
        if (Of(caller.Project).Count() >= KeysMax) throw new ProblemException(ProblemCodes.TooMany, $"Project '{caller.Project}' has {KeysMax} keys, the most there may be; let some go.");
        var (id, secret) = KeyTokens.Make(draw);
        var info = await StoreAsync(id, secret, caller.Project, request, cancellationToken);
        await audit.RecordAsync(caller, "key.create", id, new Dictionary<string, string> { ["role"] = request.Role.Word }, cancellationToken);
        return new NewKey(info, KeyTokens.Format(id, secret));
    }

    /// <summary>Ends a key at once.</summary>
    public async ValueTask<KeyInfo> RevokeAsync(string id, Caller caller, CancellationToken cancellationToken)
    {
        Permissions.NeedAdmin(caller, "revoke a key");
        var document = registry.Get(DocumentKinds.Key, caller.Project, id) ?? throw NotFound(id);
        var key = Read(document);
        if (key.IsInstanceAdmin) Permissions.NeedInstanceAdmin(caller, "revoke a key for the instance");
        if (key.RevokedAt is not null) return Info(document);
        if (key.IsInstanceAdmin && !TryBegin(id)) throw new ProblemException(ProblemCodes.Conflict, "This is the last working key of an instance admin; make another before revoking it.");
        try
        {
            var json = JsonSerializer.Serialize(key with { RevokedAt = time.GetUtcNow() }, DocumentJson.Default.KeyDocument);
            var written = await registry.PutAsync(document.Key, json, document.Version, cancellationToken)
                ?? throw new ProblemException(ProblemCodes.Conflict, "The key was changed meanwhile; try again.");
            await audit.RecordAsync(caller, "key.revoke", id, null, cancellationToken);
            return Info(written);
        }
        finally
        {
            lock (_gate) _ending.Remove(id);
        }
    }

    /// <summary>Stores a key whose secret is known.</summary>
    public async ValueTask<KeyInfo> StoreAsync(string id, string secret, string project, KeyRequest request, CancellationToken cancellationToken)
    {
        var document = new KeyDocument
        {
            Hash = KeyTokens.Hash(secret),
            Name = request.Name,
            Role = request.Role.Word,
            OwnJobsOnly = request.OwnJobsOnly,
            IsInstanceAdmin = request.IsInstanceAdmin,
            CreatedAt = time.GetUtcNow(),
            ExpiresAt = request.ExpiresAt,
        };
        var json = JsonSerializer.Serialize(document, DocumentJson.Default.KeyDocument);
        var written = await registry.PutAsync(new DocumentKey(DocumentKinds.Key, project, id), json, null, cancellationToken);
        return Info(written!);
    }

    /// <summary>What a document says of a key.</summary>
    public static KeyDocument Read(Document document) => JsonSerializer.Deserialize(document.Json, DocumentJson.Default.KeyDocument)!;

    private IEnumerable<KeyInfo> Of(string project) => registry.All(DocumentKinds.Key).Where(document => document.Key.Project == project).Select(Info);

    /// <summary>Takes an instance admin's key into those that are being ended, unless no other would be left working.</summary>
    private bool TryBegin(string id)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            var isLast = !registry.All(DocumentKinds.Key)
                .Where(document => document.Key.Name != id && !_ending.Contains(document.Key.Name))
                .Select(Read)
                .Any(key => key is { IsInstanceAdmin: true, RevokedAt: null } && !(key.ExpiresAt <= now));
            if (!isLast) _ending.Add(id);
            return !isLast;
        }
    }

    private void Check(KeyRequest request)
    {
        List<FieldError> errors = [];
        if (request.Name?.Length > NameLengthMax) errors.Add(new FieldError("name", $"has {request.Name.Length} characters; at most {NameLengthMax} are accepted"));
        if (request.OwnJobsOnly && (request.Role == Role.Admin || request.IsInstanceAdmin)) errors.Add(new FieldError("own_jobs_only", "is given for an admin, who sees all jobs of the project; leave it out, or make the key a submitter's"));
        if (request.ExpiresAt <= time.GetUtcNow()) errors.Add(new FieldError("expires_at", $"is {request.ExpiresAt:O}; a time in the future is accepted"));
        if (errors.Count > 0) throw SpecMaker.Invalid(errors);
    }

    private static KeyInfo Info(Document document)
    {
        var key = Read(document);
        return new KeyInfo(document.Key.Name, document.Key.Project, key.Name, Roles.FromWord(key.Role) ?? Role.Submitter, key.OwnJobsOnly, key.IsInstanceAdmin, key.CreatedAt, key.ExpiresAt, key.RevokedAt);
    }

    private static ProblemException NotFound(string id) => new(ProblemCodes.NotFound, $"There is no key '{RequestCheck.Shown(id)}' in this project.");
}
