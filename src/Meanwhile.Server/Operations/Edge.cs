using Meanwhile.Access;
using Meanwhile.Problems;
using Meanwhile.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Server.Operations;

/// <summary>Stands around every operation: who may come in, what every answer carries, and how anything that goes wrong is told.</summary>
/// <remarks>Wraps the operations themselves instead of being middleware, so that a host's own addresses are left alone.</remarks>
internal sealed partial class Edge(IMeanwhile meanwhile, MeanwhileServerOptions options, TimeProvider time, Waits waits, ILogger<Edge> logger)
{
    private readonly Gate _gate = new(options);
    private readonly Origins _origins = new(options.Origins);
    private readonly RequestRates _rates = new(options, time, () => meanwhile.NodeCount);

    /// <summary>The engine.</summary>
    public IMeanwhile Meanwhile => meanwhile;

    /// <summary>What the server lets one set.</summary>
    public MeanwhileServerOptions Options => options;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Those who send long bodies.</summary>
    public Uploads Uploads { get; } = new(options.UploadsMax);

    /// <summary>Those who wait.</summary>
    public Waits Waits => waits;

    /// <summary>Runs an operation for a request.</summary>
    public async Task RunAsync(HttpContext context, Operation operation)
    {
        var began = time.GetTimestamp();
        try
        {
            _gate.Check(context);
            SetHeaders(context.Response);
            if (waits.IsStopping) context.Response.Headers.Connection = "close"; // so that the caller's next request goes to another server
            _origins.Allow(context);
            _origins.RefuseForeign(context.Request);
            var caller = operation.IsOpen ? null : await AuthenticateAsync(context.Request);
            if (caller is not null) _rates.Take(caller, context.Response);
            if (operation.MakesJobs && waits.IsStopping && !options.TakesJobsWhileStopping) throw Stopping();
            if (operation.TakesNoBody) await BodyReader.RefuseAnyAsync(context.Request, options.BodyBytesMax);
            await operation.RunAsync(new Exchange(context, operation, this, caller));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone: there is nobody to answer.
        }
        catch (Exception exception)
        {
            await AnswerFailureAsync(context, operation, exception);
        }

        if (!logger.IsEnabled(LogLevel.Debug)) return;
        var elapsed = time.GetElapsedTime(began).TotalMilliseconds;
        LogAnswered(operation.Name, context.Response.StatusCode, elapsed);
    }

    private async Task AnswerFailureAsync(HttpContext context, Operation operation, Exception exception)
    {
        var problem = ProblemAnswers.Of(exception);
        if (problem is null)
        {
            problem = ProblemAnswers.Internal(context.TraceIdentifier);
            LogFailed(operation.Name, context.TraceIdentifier, exception);
        }

        if (context.Response.HasStarted)
        {
            LogCutShort(operation.Name, problem.Code);
            context.Abort(); // so that the reader sees that the answer is not whole
            return;
        }

        await ProblemAnswers.WriteAsync(context.Response, problem);
    }

    private async ValueTask<Caller> AuthenticateAsync(HttpRequest request)
    {
        if (Bearer.TokenOf(request.Headers.Authorization) is not { } token)
        {
            throw Refusal(request.HttpContext, "A key is needed: send it as 'Authorization: Bearer mw_...'.");
        }

        var project = request.Headers.TryGetValue(Contracts.HeaderNames.Project, out var values) && values.ToString() is { Length: > 0 } named ? named : null;
        if (await meanwhile.AuthenticateAsync(token, project, request.HttpContext.RequestAborted) is { } caller) return caller;

        if (project is not null && await meanwhile.AuthenticateAsync(token, null, request.HttpContext.RequestAborted) is { } elsewhere) throw OtherProject(elsewhere, project);
        throw Refusal(request.HttpContext, "The key is unknown, revoked or expired.");
    }

    private ProblemException Refusal(HttpContext context, string detail) => _rates.CountFailure(context) ?? new ProblemException(ProblemCodes.Unauthenticated, detail);

    private static ProblemException Stopping() => new(new Problem
    {
        Code = ProblemCodes.Unavailable,
        Detail = "The server is stopping and takes no more jobs; nothing was stored. Send it again once the server is back.",
        RetryAfter = ComesBackIn,
    });

    /// <summary>About as long as the engine takes to let go of what runs.</summary>
    private static readonly TimeSpan ComesBackIn = TimeSpan.FromSeconds(5);

    /// <summary>Why a key can't act in a project. To others than instance admins the answer is the same whether the project is another's or is not there at all.</summary>
    private static ProblemException OtherProject(Caller caller, string project)
    {
        var named = $"project '{Refusals.Short(project)}', which {Contracts.HeaderNames.Project} names";
        return new ProblemException(ProblemCodes.Forbidden, caller.IsInstanceAdmin
            ? $"There is no {named}. This key is an instance admin's and may act in every project that there is, by default in '{caller.Project}': choose one of those that GET /v1/projects lists, or make it first."
            : $"This key belongs to project '{caller.Project}' and can't act in {named}. Leave the project out, or use a key of that project.");
    }

    private static void SetHeaders(HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Operation} answered {Status} in {ElapsedMs} ms")]
    private partial void LogAnswered(string operation, int status, double elapsedMs);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Operation} failed; answered as {Trace}")]
    private partial void LogFailed(string operation, string trace, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Operation} was cut short after its answer had begun: {Code}")]
    private partial void LogCutShort(string operation, string code);
}
