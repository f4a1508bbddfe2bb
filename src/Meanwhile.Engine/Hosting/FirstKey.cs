using System.Text;
using Meanwhile.Access;
using Meanwhile.Problems;
using Meanwhile.Registry;
using Meanwhile.Settings;

namespace Meanwhile.Hosting;

/// <summary>Makes the first project and the first admin key of an instance.</summary>
internal sealed class FirstKey(RegistryCache registry, Keys keys, Projects projects, AuditTrail audit, EngineOptions options, Action<Span<byte>> draw)
{
    private const string Bootstrap = "bootstrap";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes what is missing.</summary>
    /// <returns>The token of a key that was made now and is not in a file: to be shown this once; null otherwise.</returns>
    public async ValueTask<string?> EnsureAsync(CancellationToken cancellationToken)
    {
        await EnsureProjectAsync(cancellationToken);
        if (options.AdminKeyFile is { } file && File.Exists(file))
        {
            await TakeAsync(file, cancellationToken);
            return null;
        }

        if (registry.All(DocumentKinds.Key).Select(Keys.Read).Any(key => key is { IsInstanceAdmin: true, RevokedAt: null }))
        {
            return options.AdminKeyFile is { } missing ? throw Unreadable(missing, "does not exist, but this instance has an admin key already: leave --admin-key-file out, put the key there, or make a new one with 'meanwhile keys reset --data DIR --admin-key-file FILE'") : null;
        }

        return await MakeAsync("first admin", "key.create", cancellationToken);
    }

    /// <summary>Makes another key of an instance admin, for an owner who has lost the first; those that are there stay.</summary>
    /// <returns>Its token; null when it was written to the file that the options name.</returns>
    public async ValueTask<string?> ResetAsync(CancellationToken cancellationToken)
    {
        await EnsureProjectAsync(cancellationToken);
        return await MakeAsync("reset admin", "key.reset", cancellationToken);
    }

    private async ValueTask<string?> MakeAsync(string name, string action, CancellationToken cancellationToken)
    {
        var (id, secret) = KeyTokens.Make(draw);
        var token = KeyTokens.Format(id, secret);
        if (options.AdminKeyFile is { } path) await WriteAsync(path, token, cancellationToken); // first: a key in a file that was not stored is taken at the next start, one that was stored and not written is lost
        await StoreAsync(id, secret, name, action, cancellationToken);
        return options.AdminKeyFile is null ? token : null;
    }

    private async ValueTask EnsureProjectAsync(CancellationToken cancellationToken)
    {
        if (projects.Exists(options.FirstProject)) return;
        var caller = new Caller { Project = options.FirstProject, Principal = Bootstrap, Role = Role.Admin, IsInstanceAdmin = true };
        await projects.PutAsync(options.FirstProject, null, null, create: true, caller, cancellationToken);
    }

    private async ValueTask TakeAsync(string file, CancellationToken cancellationToken)
    {
        var token = (await File.ReadAllTextAsync(file, cancellationToken)).Trim();
        if (!KeyTokens.TryParse(token, out var id, out var secret)) throw Unreadable(file, "does not hold a key of the form mw_id_secret");
        if (registry.Get(DocumentKinds.Key, options.FirstProject, id) is { } known && KeyTokens.Matches(secret, Keys.Read(known).Hash)) return;
        await StoreAsync(id, secret, "first admin", "key.create", cancellationToken);
    }

    private async ValueTask StoreAsync(string id, string secret, string name, string action, CancellationToken cancellationToken)
    {
        await keys.StoreAsync(id, secret, options.FirstProject, new KeyRequest { Name = name, Role = Role.Admin, IsInstanceAdmin = true }, cancellationToken);
        await audit.RecordAsync(options.FirstProject, Bootstrap, action, id, null, cancellationToken);
    }

    private static async ValueTask WriteAsync(string path, string token, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var creation = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) creation.UnixCreateMode = OwnerOnly;
        await using var stream = new FileStream(path, creation);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(token + "\n"), cancellationToken);
    }

    private static ProblemException Unreadable(string file, string why) => new(ProblemCodes.InvalidRequest, $"The admin key file {file} {why}.");
}
