using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Projects;

/// <summary>Managing projects.</summary>
internal static class ProjectOperations
{
    private static readonly Answer ProjectAnswer = new(StatusCodes.Status200OK, "The project.", ContractsJson.Wire.ProjectResource);

    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/projects", "list_projects", "Lists all projects; for others than instance admins, their own.", ListAsync)
        {
            Query = Paging.Parameters,
            Answers = [new(StatusCodes.Status200OK, "A page of projects.", ContractsJson.Wire.ProjectList)],
        },
        new("POST", "/v1/projects", "create_project", "Makes a project; only for instance admins.", CreateAsync)
        {
            Body = ContractsJson.Requests.ProjectSubmission,
            Answers = [new(StatusCodes.Status201Created, "The new project.", ContractsJson.Wire.ProjectResource)],
        },
        new("GET", "/v1/projects/{name}", "get_project", "Shows a project.", GetAsync) { Answers = [ProjectAnswer] },
        new("PUT", "/v1/projects/{name}", "put_project", "Changes a project; only for instance admins.", PutAsync)
        {
            Body = ContractsJson.Requests.ProjectSubmission,
            Answers = [ProjectAnswer],
        },
    ];

    private static async Task ListAsync(Exchange exchange)
    {
        var page = await exchange.Administration.ListProjectsAsync(Paging.Cursor(exchange.Query), Paging.Limit(exchange.Query), exchange.Aborted);
        await exchange.AnswerLongAsync(Paging.ToResource(page, ToResource), ContractsJson.Wire.ProjectList);
    }

    private static async Task CreateAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.ProjectSubmission);
        if (string.IsNullOrEmpty(submission.Name)) throw Refusals.Field("name", "is missing; a name is needed");
        var project = await exchange.Administration.PutProjectAsync(submission.Name, submission.DisplayName, submission.Weight, create: true, exchange.Aborted);
        exchange.Context.Response.Headers.Location = $"{exchange.Context.Request.PathBase}/v1/projects/{project.Name}";
        await AnswerAsync(exchange, StatusCodes.Status201Created, project);
    }

    private static async Task GetAsync(Exchange exchange) =>
        await AnswerAsync(exchange, StatusCodes.Status200OK, await exchange.Administration.GetProjectAsync(exchange.Route("name"), exchange.Aborted));

    private static async Task PutAsync(Exchange exchange)
    {
        var submission = await exchange.ReadAsync(ContractsJson.Requests.ProjectSubmission);
        var name = Refusals.SameName(submission.Name, exchange.Route("name"));
        await AnswerAsync(exchange, StatusCodes.Status200OK, await exchange.Administration.PutProjectAsync(name, submission.DisplayName, submission.Weight, create: false, exchange.Aborted));
    }

    private static Task AnswerAsync(Exchange exchange, int status, ProjectInfo project) => exchange.AnswerAsync(status, ToResource(project), ContractsJson.Wire.ProjectResource);

    private static ProjectResource ToResource(ProjectInfo project) => new()
    {
        Name = project.Name,
        DisplayName = project.DisplayName,
        Weight = project.Weight,
        Version = project.Version,
        UpdatedAt = project.UpdatedAt,
    };
}
