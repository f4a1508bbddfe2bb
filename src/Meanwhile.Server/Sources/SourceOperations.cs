using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Problems;
using Meanwhile.Server.Jobs;
using Meanwhile.Server.Operations;
using Meanwhile.Sources;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Sources;

/// <summary>Managing sources.</summary>
internal static class SourceOperations
{
    private static readonly Answer SourceAnswer = new(StatusCodes.Status200OK, "The source.", ContractsJson.Wire.SourceResource);

    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/sources", "list_sources", "Lists the sources that the project can use.", ListAsync)
        {
            Query = Paging.Parameters,
            Answers = [new(StatusCodes.Status200OK, "A page of sources.", ContractsJson.Wire.SourceList)],
        },
        new("POST", "/v1/sources", "create_source", "Makes a source.", CreateAsync)
        {
            Body = ContractsJson.Requests.SourceSubmission,
            Answers = [new(StatusCodes.Status201Created, "The new source.", ContractsJson.Wire.SourceResource)],
        },
        new("GET", "/v1/sources/{name}", "get_source", "Shows a source.", GetAsync) { Answers = [SourceAnswer] },
        new("PUT", "/v1/sources/{name}", "put_source", "Makes or changes a source.", PutAsync) { Body = ContractsJson.Requests.SourceSubmission, Answers = [SourceAnswer] },
        new("DELETE", "/v1/sources/{name}", "delete_source", "Removes a source.", DeleteAsync) { Answers = [new(StatusCodes.Status204NoContent, "It is gone.")] },
        new("POST", "/v1/sources/{name}/probe", "probe_source", "Tries a source.", ProbeAsync)
        {
            Answers = [new(StatusCodes.Status200OK, "What it answered.", ContractsJson.Wire.SourceProbeResource)],
        },
    ];

    private static async Task ListAsync(Exchange exchange)
    {
        var page = await exchange.Administration.ListSourcesAsync(Paging.Cursor(exchange.Query), Paging.Limit(exchange.Query), exchange.Aborted);
        await exchange.AnswerLongAsync(Paging.ToResource(page, ToResource), ContractsJson.Wire.SourceList);
    }

    private static async Task CreateAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.SourceSubmission);
        if (string.IsNullOrEmpty(submission.Name)) throw Refusals.Field("name", "is missing; a name is needed");
        var source = await exchange.Administration.PutSourceAsync(Request(submission, submission.Name), create: true, exchange.Aborted);
        exchange.Context.Response.Headers.Location = $"{exchange.Context.Request.PathBase}/v1/sources/{submission.Name}";
        await AnswerAsync(exchange, StatusCodes.Status201Created, source);
    }

    private static async Task GetAsync(Exchange exchange) =>
        await AnswerAsync(exchange, StatusCodes.Status200OK, await exchange.Administration.GetSourceAsync(exchange.Route("name"), exchange.Aborted));

    private static async Task PutAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.SourceSubmission);
        var name = Refusals.SameName(submission.Name, exchange.Route("name"));
        await AnswerAsync(exchange, StatusCodes.Status200OK, await exchange.Administration.PutSourceAsync(Request(submission, name), create: false, exchange.Aborted));
    }

    private static async Task DeleteAsync(Exchange exchange)
    {
        await exchange.Administration.DeleteSourceAsync(exchange.Route("name"), exchange.Aborted);
        await exchange.AnswerNothingAsync(StatusCodes.Status204NoContent);
    }

    private static async Task ProbeAsync(Exchange exchange)
    {
        var probe = await exchange.Administration.ProbeSourceAsync(exchange.Route("name"), exchange.Aborted);
        await exchange.AnswerAsync(
            StatusCodes.Status200OK,
            new SourceProbeResource { Name = probe.Name, Ok = probe.Error is null, Error = probe.Error?.ToResource(), TookMs = (long)probe.Took.TotalMilliseconds },
            ContractsJson.Wire.SourceProbeResource);
    }

    private static Task AnswerAsync(Exchange exchange, int status, SourceInfo source) => exchange.AnswerAsync(status, ToResource(source), ContractsJson.Wire.SourceResource);

    private static SourceRequest Request(SourceSubmission submission, string name)
    {
        if (string.IsNullOrEmpty(submission.Type)) throw Refusals.Field("type", "is missing; the kind of system is needed, such as sqlite");
        if (submission.Settings is not { ValueKind: JsonValueKind.Object } settings) throw Refusals.Field("settings", submission.Settings is { } found ? $"is {found.KindInWords}; an object is accepted" : "is missing; an object with what the kind needs is needed");
        return new SourceRequest(name, submission.Type, settings, SourceMapping.ToOptions(submission.Options));
    }

    private static SourceResource ToResource(SourceInfo source) => new()
    {
        Name = source.Definition.Name,
        Project = source.Definition.Project.Length == 0 ? null : source.Definition.Project,
        Type = source.Definition.Type,
        Settings = source.Definition.Settings,
        Options = SourceMapping.ToResource(source.Definition.Options),
        FromConfiguration = source.FromConfiguration,
        Version = source.Version,
        UpdatedAt = source.UpdatedAt,
    };
}
