using Meanwhile.Postgres.Source.Parameters;
using Meanwhile.Postgres.Source.Runs;
using Meanwhile.Postgres.Source.Sessions;
using Meanwhile.Postgres.Source.Text;
using Meanwhile.Results;
using Meanwhile.Sources;

namespace Meanwhile.Postgres.Source;

/// <summary>Has the server read each statement of a text and plan it, in a read-only transaction that is rolled back; none is run.</summary>
internal sealed class ScriptCheck(Connector connector, StatementRequest request)
{
    /// <summary>What was found.</summary>
    /// <exception cref="SourceException">A statement or a parameter is wrong.</exception>
    public async Task<StatementCheck> RunAsync(CancellationToken cancellationToken)
    {
        var plan = ScriptPlan.Of(request, connector.Source.ReadOnly, connector.Options.SqlBytesMax);
        await using var session = await Session.OpenAsync(connector, request.Tag, _ => { }, cancellationToken);
        await session.AskAsync(cancellationToken, "begin transaction read only", Sql.Transaction);
        List<string> plans = [];
        var spent = 0d;
        IReadOnlyList<ResultColumn> columns = [];
        foreach (var statement in plan.Script.Statements)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var text = BoundText.Of(statement, plan.Parameters);
            await ServerFaults.ToldInAsync(text, 0, async () =>
            {
                if (await ColumnLookup.OfAsync(session, text, statement) is { Count: > 0 } some) columns = [.. some.Select(column => column.Described)];
            });
            if (request.CostMax is { } most) spent += await Explain.CheckCostAsync(session, statement, plan.Parameters, most, spent, cancellationToken);
            if (await Explain.PlanAsync(session, statement, plan.Parameters, cancellationToken) is { } found) plans.Add(found);
        }

        await session.AskAsync(cancellationToken, "rollback");
        return new StatementCheck(plan.Script.Statements.Count, ReadOnly(plan), columns, ParameterSet.NamesOf(plan.Script), PlanOf(plans));
    }

    private bool? ReadOnly(ScriptPlan plan) =>
        plan.Script.Statements.Any(StatementPolicy.MayWrite) ? false
        : connector.Source.ReadOnly ? true
        : null; // a query may call a function that writes

    /// <summary>One plan by itself, several as an array; each is PostgreSQL's own JSON.</summary>
    private static string? PlanOf(List<string> plans) => plans switch
    {
        [] => null,
        [var only] => only,
        _ => $"[{string.Join(',', plans)}]",
    };
}
