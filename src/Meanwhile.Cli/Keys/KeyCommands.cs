using System.CommandLine;
using Meanwhile.Access;
using Meanwhile.Cli.Connections;
using Meanwhile.Cli.Jobs;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;

namespace Meanwhile.Cli.Keys;

/// <summary>keys list, create, rotate, revoke, reset.</summary>
internal static class KeyCommands
{
    private static readonly Argument<string> Id = new("key") { Description = "The key's id" };
    private static readonly Option<string?> Name = new("--name") { Description = "What it is for", HelpName = "TEXT" };
    private static readonly Option<string> Role = NewRole();
    private static readonly Option<bool> OwnJobsOnly = new("--own-jobs-only", "--own-jobs") { Description = "Only its own jobs exist for it" };
    private static readonly Option<string[]> Sources = new("--source", "-s") { Description = "A source that exists for it; may be repeated. Default all", HelpName = "NAME" };
    private static readonly Option<bool> InstanceAdmin = new("--instance-admin") { Description = "It may manage the instance" };
    private static readonly Option<string?> ExpiresAt = new("--expires-at") { Description = "When it stops working (RFC 3339). Default never", HelpName = "TIME" };
    private static readonly Option<string?> ExpiresIn = new("--expires-in") { Description = "Or after how long it does, such as 30d, 12h or 90m", HelpName = "SPAN" };
    private static readonly Option<string?> Grace = new("--grace") { Description = "How long the old secret works as well, such as 1d, 12h or 90m; at most 7d. Default not at all", HelpName = "SPAN" };

    public static Command Create(Shell shell) => new Command("keys", "The keys of the project").With(
        new Command("list", "List keys, newest first").With(PagingOptions.Limit, PagingOptions.Cursor).Calls(shell, ListAsync),
        new Command("create", "Make a key and print it, this once").With(Name, Role, OwnJobsOnly, Sources, InstanceAdmin, ExpiresAt, ExpiresIn).Calls(shell, CreateAsync),
        new Command("rotate", "Give a key a new secret and print the key, this once").With(Id, Grace).Calls(shell, RotateAsync),
        new Command("revoke", "End a key at once").With(Id).Calls(shell, RevokeAsync),
        KeyResetCommand.Create(shell));

    private static async Task<int> ListAsync(Call call, CancellationToken cancellationToken)
    {
        var page = await call.Administration.ListKeysAsync(call.Get(PagingOptions.Cursor), call.Get(PagingOptions.Limit), cancellationToken);
        var now = call.Shell.Time.GetUtcNow();
        var table = new Table(
            ["KEY", "NAME", "ROLE", "JOBS", "SOURCES", "STATE", "CREATED"],
            [.. page.Items.Select(key => (IReadOnlyList<Cell>)
            [
                new(key.Id),
                Cell.Blank(key.Name),
                new(key.IsInstanceAdmin ? "instance admin" : key.Role.Word),
                new(key.OwnJobsOnly ? "own" : "all"),
                Cell.Blank(key.Sources is { } sources ? string.Join(", ", sources) : "all"),
                new(State(key, now)),
                new(Texts.Of(key.CreatedAt)),
            ])]);
        return call.Print(table, page.NextCursor);
    }

    private static async Task<int> CreateAsync(Call call, CancellationToken cancellationToken)
    {
        var request = new KeyRequest
        {
            Name = call.Get(Name),
            Role = Roles.FromWord(call.Get(Role)!) ?? Access.Role.Submitter,
            OwnJobsOnly = call.Get(OwnJobsOnly),
            Sources = call.Get(Sources) is [_, ..] sources ? sources : null,
            IsInstanceAdmin = call.Get(InstanceAdmin),
            ExpiresAt = call.Get(ExpiresAt) is { } time ? SubmissionOptions.Instant("--expires-at", time) : null,
            ExpiresIn = call.Get(ExpiresIn) is { } life ? Spans.Parse("--expires-in", life) : null,
        };
        return Show(call, await call.Administration.CreateKeyAsync(request, cancellationToken));
    }

    private static async Task<int> RotateAsync(Call call, CancellationToken cancellationToken)
    {
        var grace = call.Get(Grace) is { } span ? Spans.Parse("--grace", span) : TimeSpan.Zero;
        var made = await call.Administration.RotateKeyAsync(call.Get(Id), grace, cancellationToken);
        var code = Show(call, made);
        if (!call.Json) call.Shell.Error.WriteLine(made.Key.OldSecretUntil is { } until ? $"The old secret works until {Texts.Of(until)}." : "The old secret works no more.");
        return code;
    }

    private static int Show(Call call, NewKey made)
    {
        call.Print(writer => writer.WriteLine(made.Token));
        if (!call.Json) call.Shell.Error.WriteLine($"This is key {made.Key.Id}. It is shown this once; the server keeps only its hash.");
        return ExitCode.Ok;
    }

    private static async Task<int> RevokeAsync(Call call, CancellationToken cancellationToken)
    {
        var key = await call.Administration.RevokeKeyAsync(call.Get(Id), cancellationToken);
        return call.Print(writer => writer.WriteLine($"{key.Id} revoked"));
    }

    private static string State(KeyInfo key, DateTimeOffset now) => key switch
    {
        { RevokedAt: not null } => "revoked",
        { ExpiresAt: { } expiry } when expiry <= now => "expired",
        { ExpiresAt: { } expiry } => $"until {Texts.Of(expiry)}",
        _ => "valid",
    };

    private static Option<string> NewRole()
    {
        var role = new Option<string>("--role") { Description = string.Join(", ", Roles.All.Select(role => role.Word)), DefaultValueFactory = _ => Access.Role.Submitter.Word, HelpName = "ROLE" };
        role.AcceptOnlyFromAmong([.. Roles.All.Select(known => known.Word)]);
        return role;
    }
}
