namespace Meanwhile.Server.Tests.Matrix;

/// <summary>Who may do what, cell by cell: each operation, on each kind of thing, by each caller.</summary>
internal static class MatrixTable
{
    /// <summary>The callers, in the order of the columns. Those of one project see the things of the table; <c>other</c> ones belong to another project, <c>elsewhere</c> is the instance admin acting there.</summary>
    public static readonly string[] Callers =
    [
        "viewer", "submitter", "operator", "admin", "instance",
        "own-submitter", "own-operator",
        "open-viewer", "open-submitter", "open-operator",
        "other-submitter", "other-admin", "elsewhere",
        "worker",
    ];

    /// <summary>Those who have no caller: they are answered 401, wherever a key is needed.</summary>
    public static readonly string[] Strangers = ["no key", "unknown key", "revoked key", "expired key", "rotated key"];

    /// <summary>An operation with the thing that it is asked of, and the status that each caller is answered with. Groups: roles | own jobs only | only the source "open" | another project | a worker.</summary>
    /// <remarks>
    /// Things: <c>theirs</c> is a job of somebody else of the project, on the source "open"; <c>closed</c> one on the source "closed"; <c>mine</c> the caller's own, which viewers
    /// do not have; <c>others</c> one of the other project; <c>crew</c> is a worker; what is <c>new</c> or <c>gone</c> is made for the one request.
    /// </remarks>
    public const string Rows = """
        POST   /v1/jobs                                 open      403 202 202 202 202 | 202 202 | 403 202 202 | 400 400 400 | 403
        POST   /v1/jobs                                 closed    403 202 202 202 202 | 202 202 | 403 400 400 | 400 400 400 | 403
        POST   /v1/jobs                                 dry-run   403 200 200 200 200 | 200 200 | 403 200 200 | 400 400 400 | 403
        POST   /v1/queries                              open      403 202 202 202 202 | 202 202 | 403 202 202 | 400 400 400 | 403
        POST   /v1/queries                              closed    403 202 202 202 202 | 202 202 | 403 400 400 | 400 400 400 | 403
        POST   /v1/jobs/batch                           open      403 200 200 200 200 | 200 200 | 403 200 200 | 200 200 200 | 403
        POST   /v1/jobs/adopt                           -         400 400 400 400 400 | 400 400 | 400 400 400 | 400 400 400 | 400
        GET    /v1/jobs                                 -         200 200 200 200 200 | 200 200 | 200 200 200 | 200 200 200 | 403
        GET    /v1/jobs/{id}                            theirs    200 200 200 200 200 | 404 404 | 200 200 200 | 404 404 404 | 403
        GET    /v1/jobs/{id}                            closed    200 200 200 200 200 | 404 404 | 404 404 404 | 404 404 404 | 403
        GET    /v1/jobs/{id}                            mine      404 200 200 200 200 | 200 200 | 404 200 200 | 200 200 200 | 403
        DELETE /v1/jobs/{id}                            theirs    403 403 200 200 200 | 404 404 | 403 403 200 | 404 404 404 | 403
        DELETE /v1/jobs/{id}                            closed    403 403 200 200 200 | 404 404 | 403 404 404 | 404 404 404 | 403
        DELETE /v1/jobs/{id}                            mine      403 200 200 200 200 | 200 200 | 403 200 200 | 200 200 200 | 403
        POST   /v1/jobs/cancel                          theirs    403 200 200 200 200 | 200 200 | 403 200 200 | 200 200 200 | 403
        POST   /v1/jobs/{id}/retry                      theirs    403 403 202 202 202 | 404 404 | 403 403 202 | 404 404 404 | 403
        POST   /v1/jobs/{id}/retry                      closed    403 403 202 202 202 | 404 404 | 403 404 404 | 404 404 404 | 403
        POST   /v1/jobs/{id}/retry                      mine      403 202 202 202 202 | 202 202 | 403 202 202 | 202 202 202 | 403
        GET    /v1/jobs/{id}/attempts                   theirs    200 200 200 200 200 | 404 404 | 200 200 200 | 404 404 404 | 403
        GET    /v1/jobs/{id}/attempts                   closed    200 200 200 200 200 | 404 404 | 404 404 404 | 404 404 404 | 403
        GET    /v1/jobs/{id}/log                        theirs    200 200 200 200 200 | 404 404 | 200 200 200 | 404 404 404 | 403
        GET    /v1/jobs/{id}/log                        closed    200 200 200 200 200 | 404 404 | 404 404 404 | 404 404 404 | 403
        GET    /v1/jobs/{id}/events                     theirs    200 200 200 200 200 | 404 404 | 200 200 200 | 404 404 404 | 403
        GET    /v1/jobs/{id}/events                     closed    200 200 200 200 200 | 404 404 | 404 404 404 | 404 404 404 | 403
        GET    /v1/jobs/{id}/result                     theirs    200 200 200 200 200 | 404 404 | 200 200 200 | 404 404 404 | 403
        GET    /v1/jobs/{id}/result                     closed    200 200 200 200 200 | 404 404 | 404 404 404 | 404 404 404 | 403
        GET    /v1/jobs/{id}/result                     mine      404 200 200 200 200 | 200 200 | 404 200 200 | 200 200 200 | 403
        GET    /v1/jobs/{id}/result/partitions/{n}      theirs    200 200 200 200 200 | 404 404 | 200 200 200 | 404 404 404 | 403
        GET    /v1/jobs/{id}/result/partitions/{n}      closed    200 200 200 200 200 | 404 404 | 404 404 404 | 404 404 404 | 403
        GET    /v1/events                               -         200 200 200 200 200 | 200 200 | 200 200 200 | 200 200 200 | 403
        GET    /v1/sources                              -         200 200 200 200 200 | 200 200 | 200 200 200 | 200 200 200 | 403
        POST   /v1/sources                              new       403 403 403 201 201 | 403 403 | 403 403 403 | 403 201 201 | 403
        GET    /v1/sources/{name}                       open      200 200 200 200 200 | 200 200 | 200 200 200 | 404 404 404 | 403
        GET    /v1/sources/{name}                       closed    200 200 200 200 200 | 200 200 | 404 404 404 | 404 404 404 | 403
        PUT    /v1/sources/{name}                       new       403 403 403 200 200 | 403 403 | 403 403 403 | 403 200 200 | 403
        DELETE /v1/sources/{name}                       gone      403 403 403 204 204 | 403 403 | 403 403 403 | 403 404 404 | 403
        POST   /v1/sources/{name}/probe                 open      403 200 200 200 200 | 200 200 | 403 200 200 | 404 404 404 | 403
        POST   /v1/sources/{name}/probe                 closed    403 200 200 200 200 | 200 200 | 403 404 404 | 404 404 404 | 403
        GET    /v1/projects                             -         200 200 200 200 200 | 200 200 | 200 200 200 | 200 200 200 | 403
        POST   /v1/projects                             new       403 403 403 403 201 | 403 403 | 403 403 403 | 403 403 201 | 403
        GET    /v1/projects/{name}                      default   200 200 200 200 200 | 200 200 | 200 200 200 | 404 404 200 | 403
        PUT    /v1/projects/{name}                      default   403 403 403 403 200 | 403 403 | 403 403 403 | 403 403 200 | 403
        GET    /v1/keys                                 -         403 403 403 200 200 | 403 403 | 403 403 403 | 403 200 200 | 403
        POST   /v1/keys                                 new       403 403 403 201 201 | 403 403 | 403 403 403 | 403 201 201 | 403
        POST   /v1/keys                                 instance  403 403 403 403 201 | 403 403 | 403 403 403 | 403 403 201 | 403
        POST   /v1/keys/{id}/rotate                     gone      403 403 403 200 200 | 403 403 | 403 403 403 | 403 404 404 | 403
        POST   /v1/keys/{id}/rotate                     instance  403 403 403 403 200 | 403 403 | 403 403 403 | 403 404 404 | 403
        DELETE /v1/keys/{id}                            gone      403 403 403 200 200 | 403 403 | 403 403 403 | 403 404 404 | 403
        DELETE /v1/keys/{id}                            instance  403 403 403 403 200 | 403 403 | 403 403 403 | 403 404 404 | 403
        GET    /v1/limits                               -         200 200 200 200 200 | 200 200 | 200 200 200 | 200 200 200 | 403
        GET    /v1/limits/{key}                         open      200 200 200 200 200 | 200 200 | 200 200 200 | 404 404 200 | 403
        GET    /v1/limits/{key}                         closed    200 200 200 200 200 | 200 200 | 404 404 404 | 404 404 200 | 403
        PUT    /v1/limits/{key}                         open      403 403 200 200 200 | 403 200 | 403 403 200 | 403 403 200 | 403
        PUT    /v1/limits/{key}                         closed    403 403 200 200 200 | 403 200 | 403 403 400 | 403 403 200 | 403
        PUT    /v1/limits/{key}                         project   403 403 403 403 200 | 403 403 | 403 403 403 | 403 403 200 | 403
        DELETE /v1/limits/{key}                         gone      403 403 204 204 204 | 403 204 | 403 403 403 | 403 403 204 | 403
        DELETE /v1/limits/{key}                         project   403 403 403 403 204 | 403 403 | 403 403 403 | 403 403 204 | 403
        GET    /v1/quotas                               -         200 200 200 200 200 | 200 200 | 200 200 200 | 200 200 200 | 403
        GET    /v1/quotas/{key}                         project   200 200 200 200 200 | 404 404 | 404 404 404 | 404 404 404 | 403
        GET    /v1/quotas/{key}                         key       404 404 404 200 200 | 404 404 | 404 404 404 | 404 404 404 | 403
        PUT    /v1/quotas/{key}                         project   403 403 403 403 200 | 403 403 | 403 403 403 | 403 403 400 | 403
        PUT    /v1/quotas/{key}                         key       403 403 403 200 200 | 403 403 | 403 403 403 | 403 400 400 | 403
        DELETE /v1/quotas/{key}                         project   403 403 403 403 204 | 403 403 | 403 403 403 | 403 403 404 | 403
        DELETE /v1/quotas/{key}                         key       403 403 403 204 204 | 403 403 | 403 403 403 | 403 404 404 | 403
        GET    /v1/tools                                -         200 200 200 200 200 | 200 200 | 200 200 200 | 200 200 200 | 403
        GET    /v1/tools/{name}                         crunch    200 200 200 200 200 | 200 200 | 200 200 200 | 200 200 200 | 403
        PUT    /v1/tools/{name}                         new       403 403 403 403 200 | 403 403 | 403 403 403 | 403 403 200 | 403
        DELETE /v1/tools/{name}                         gone      403 403 403 403 204 | 403 403 | 403 403 403 | 403 403 204 | 403
        POST   /v1/worker/register                      new       403 403 403 403 200 | 403 403 | 403 403 403 | 403 403 200 | 200
        POST   /v1/worker/claim                         crew      403 403 403 403 200 | 403 403 | 403 403 403 | 403 403 404 | 200
        POST   /v1/worker/beat                          crew      403 403 403 403 200 | 403 403 | 403 403 403 | 403 403 404 | 200
        POST   /v1/worker/leave                         gone      403 403 403 403 200 | 403 403 | 403 403 403 | 403 403 404 | 200
        POST   /v1/worker/jobs/{id}/progress            theirs    403 403 403 403 409 | 403 403 | 403 403 403 | 403 403 409 | 409
        POST   /v1/worker/jobs/{id}/progress            others    403 403 403 403 409 | 403 403 | 403 403 403 | 403 403 409 | 404
        POST   /v1/worker/jobs/{id}/log                 theirs    403 403 403 403 409 | 403 403 | 403 403 403 | 403 403 409 | 409
        POST   /v1/worker/jobs/{id}/log                 others    403 403 403 403 409 | 403 403 | 403 403 403 | 403 403 409 | 404
        POST   /v1/worker/jobs/{id}/checkpoint          theirs    403 403 403 403 409 | 403 403 | 403 403 403 | 403 403 409 | 409
        POST   /v1/worker/jobs/{id}/checkpoint          others    403 403 403 403 409 | 403 403 | 403 403 403 | 403 403 409 | 404
        POST   /v1/worker/jobs/{id}/finish              theirs    403 403 403 403 409 | 403 403 | 403 403 403 | 403 403 409 | 409
        POST   /v1/worker/jobs/{id}/finish              others    403 403 403 403 409 | 403 403 | 403 403 403 | 403 403 409 | 404
        POST   /v1/callbacks/{token}                    token     404 404 404 404 404 | 404 404 | 404 404 404 | 404 404 404 | 404
        GET    /v1/audit                                -         403 403 403 200 200 | 403 403 | 403 403 403 | 403 200 200 | 403
        GET    /v1/audit                                all       403 403 403 403 200 | 403 403 | 403 403 403 | 403 403 200 | 403
        GET    /v1/stats                                -         200 200 200 200 200 | 403 403 | 403 403 403 | 200 200 200 | 403
        GET    /v1/nodes                                -         403 403 403 403 200 | 403 403 | 403 403 403 | 403 403 200 | 403
        POST   /v1/nodes/{node}/drain                   node      403 403 403 403 200 | 403 403 | 403 403 403 | 403 403 200 | 403
        POST   /v1/nodes/{node}/drain                   nobody    403 403 403 403 404 | 403 403 | 403 403 403 | 403 403 404 | 403
        POST   /v1/nodes/{node}/resume                  node      403 403 403 403 200 | 403 403 | 403 403 403 | 403 403 200 | 403
        GET    /healthz/live                            anybody   200 200 200 200 200 | 200 200 | 200 200 200 | 200 200 200 | 200
        GET    /healthz/ready                           anybody   200 200 200 200 200 | 200 200 | 200 200 200 | 200 200 200 | 200
        GET    /openapi/v1.json                         anybody   200 200 200 200 200 | 200 200 | 200 200 200 | 200 200 200 | 200
        """;

    /// <summary>A row, read.</summary>
    public sealed record Row(string Method, string Pattern, string Thing, int[] Statuses)
    {
        public string Operation => $"{Method} {Pattern}";

        public bool NeedsNoKey => Thing is "anybody" or "token";
    }

    public static IReadOnlyList<Row> All { get; } = [.. Rows.Split('\n').Select(Read)];

    private static Row Read(string line)
    {
        var words = line.Replace("|", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int[] statuses = [.. words[3..].Select(int.Parse)];
        Assert.Equal(Callers.Length, statuses.Length);
        return new Row(words[0], words[1], words[2], statuses);
    }
}
