using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Keys;

/// <summary>Managing keys.</summary>
internal static class KeyOperations
{
    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/keys", "list_keys", "Lists the project's keys, newest first.", ListAsync)
        {
            Query = Paging.Parameters,
            Answers = [new(StatusCodes.Status200OK, "A page of keys.", ContractsJson.Wire.KeyList)],
        },
        new("POST", "/v1/keys", "create_key", "Makes a key; its token is shown this once.", CreateAsync)
        {
            Body = ContractsJson.Requests.KeySubmission,
            Answers = [new(StatusCodes.Status201Created, "The new key and its token.", ContractsJson.Wire.NewKeyResource)],
        },
        new("POST", "/v1/keys/{id}/rotate", "rotate_key", "Gives a key a new secret, shown this once; the one before works for a grace.", RotateAsync)
        {
            Body = ContractsJson.Requests.RotateSubmission,
            BodyIsOptional = true,
            Answers = [new(StatusCodes.Status200OK, "The key and its new token.", ContractsJson.Wire.NewKeyResource)],
        },
        new("DELETE", "/v1/keys/{id}", "revoke_key", "Ends a key at once.", RevokeAsync)
        {
            Answers = [new(StatusCodes.Status200OK, "The key, revoked.", ContractsJson.Wire.KeyResource)],
        },
    ];

    private static async Task ListAsync(Exchange exchange)
    {
        var page = await exchange.Administration.ListKeysAsync(Paging.Cursor(exchange.Query), Paging.Limit(exchange.Query), exchange.Aborted);
        await exchange.AnswerLongAsync(Paging.ToResource(page, ToResource), ContractsJson.Wire.KeyList);
    }

    private static async Task CreateAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.KeySubmission);
        var request = new KeyRequest
        {
            Name = submission.Name,
            Role = submission.Role is { } word ? Roles.FromWord(word) ?? throw Refusals.Field("role", $"is '{Refusals.Short(word)}'; {string.Join(", ", Roles.All.Select(role => role.Word))} are accepted") : Role.Submitter,
            OwnJobsOnly = submission.OwnJobsOnly ?? false,
            Sources = submission.Sources,
            IsInstanceAdmin = submission.InstanceAdmin ?? false,
            ExpiresAt = submission.ExpiresAt,
            ExpiresIn = Days(submission.ExpiresInDays),
        };
        var made = await exchange.Administration.CreateKeyAsync(request, exchange.Aborted);
        await exchange.AnswerAsync(StatusCodes.Status201Created, ToResource(made), ContractsJson.Wire.NewKeyResource);
    }

    private static async Task RotateAsync(Exchange exchange)
    {
        var submission = await exchange.ReadIfAnyAsync(ContractsJson.Requests.RotateSubmission);
        var seconds = submission?.GraceSeconds ?? 0;
        if (!(seconds >= 0 && seconds <= GraceSecondsMax)) throw Refusals.Field("grace_seconds", FormattableString.Invariant($"is {seconds}; 0 to {GraceSecondsMax} is accepted"));
        var made = await exchange.Administration.RotateKeyAsync(exchange.Route("id"), TimeSpan.FromSeconds(seconds), exchange.Aborted);
        await exchange.AnswerAsync(StatusCodes.Status200OK, ToResource(made), ContractsJson.Wire.NewKeyResource);
    }

    private const double GraceSecondsMax = 604_800;
    private const double DaysMax = 3_650;

    // What no TimeSpan can hold is refused here; what a key may not have, by the engine.
    private static TimeSpan? Days(double? days) => days is not { } value ? null
        : value > 0 && value <= DaysMax ? TimeSpan.FromDays(value)
        : throw Refusals.Field("expires_in_days", FormattableString.Invariant($"is {value}; more than 0 and at most {DaysMax} is accepted"));

    private static async Task RevokeAsync(Exchange exchange)
    {
        var key = await exchange.Administration.RevokeKeyAsync(exchange.Route("id"), exchange.Aborted);
        await exchange.AnswerAsync(StatusCodes.Status200OK, ToResource(key), ContractsJson.Wire.KeyResource);
    }

    private static NewKeyResource ToResource(NewKey made) => new() { Key = ToResource(made.Key), Token = made.Token };

    private static KeyResource ToResource(KeyInfo key) => new()
    {
        KeyId = key.Id,
        Project = key.Project,
        Name = key.Name,
        Role = key.Role.Word,
        OwnJobsOnly = key.OwnJobsOnly,
        Sources = key.Sources,
        InstanceAdmin = key.IsInstanceAdmin,
        CreatedAt = key.CreatedAt,
        ExpiresAt = key.ExpiresAt,
        RevokedAt = key.RevokedAt,
        RotatedAt = key.RotatedAt,
        OldSecretUntil = key.OldSecretUntil,
    };
}
