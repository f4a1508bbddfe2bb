using Meanwhile.Problems;
using Meanwhile.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace Meanwhile.Server.Operations;

/// <summary>Answers what no operation takes: an unknown address, or a known one with another method.</summary>
internal sealed class Unmapped
{
    private readonly IReadOnlyList<(TemplateMatcher Matcher, string Method)> _known;

    public Unmapped(IReadOnlyList<Operation> operations) =>
        _known = [.. operations.Select(operation => (new TemplateMatcher(TemplateParser.Parse(operation.Pattern), []), operation.Method))];

    /// <summary>The operation that answers; not part of the API.</summary>
    public Operation Operation => field ??= new("*", "{**path}", "unmapped", "", RunAsync) { IsOpen = true, IgnoresInput = true, Answers = [] };

    private Task RunAsync(Exchange exchange)
    {
        var (request, response) = (exchange.Context.Request, exchange.Context.Response);
        string[] methods = [.. _known.Where(known => known.Matcher.TryMatch(request.Path, [])).SelectMany(known => MeanwhileServer.MethodsOf(known.Method)).Distinct()];
        if (methods.Length == 0) throw new ProblemException(ProblemCodes.NotFound, "There is nothing at this address; /openapi/v1.json lists what there is.");

        var allowed = string.Join(", ", methods);
        if (HttpMethods.IsOptions(request.Method) && response.Headers.AccessControlAllowOrigin.Count > 0)
        {
            Origins.AnswerPreflight(response, allowed);
            return Task.CompletedTask;
        }

        response.Headers.Allow = allowed;
        throw new ProblemException(ProblemCodes.MethodNotAllowed, $"This address takes {allowed}.");
    }
}
