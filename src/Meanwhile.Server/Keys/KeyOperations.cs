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
            Role = submission.Role is { } word ? Roles.FromWord(word) ?? throw Refusals.Field("role", $"is '{Refusals.Short(word)}'; submitter, worker or admin is accepted") : Role.Submitter,
            OwnJobsOnly = submission.OwnJobsOnly ?? false,
            IsInstanceAdmin = submission.InstanceAdmin ?? false,
            ExpiresAt = submission.ExpiresAt,
        };
        var made = await exchange.Administration.CreateKeyAsync(request, exchange.Aborted);
        await exchange.AnswerAsync(StatusCodes.Status201Created, new NewKeyResource { Key = ToResource(made.Key), Token = made.Token }, ContractsJson.Wire.NewKeyResource);
    }

    private static async Task RevokeAsync(Exchange exchange)
    {
        var key = await exchange.Administration.RevokeKeyAsync(exchange.Route("id"), exchange.Aborted);
        await exchange.AnswerAsync(StatusCodes.Status200OK, ToResource(key), ContractsJson.Wire.KeyResource);
    }

    private static KeyResource ToResource(KeyInfo key) => new()
    {
        KeyId = key.Id,
        Project = key.Project,
        Name = key.Name,
        Role = key.Role.Word,
        OwnJobsOnly = key.OwnJobsOnly,
        InstanceAdmin = key.IsInstanceAdmin,
        CreatedAt = key.CreatedAt,
        ExpiresAt = key.ExpiresAt,
        RevokedAt = key.RevokedAt,
    };
}
