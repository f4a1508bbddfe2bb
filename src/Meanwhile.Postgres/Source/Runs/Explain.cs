using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source.Parameters;
using Meanwhile.Postgres.Source.Sessions;
using Meanwhile.Postgres.Source.Text;

namespace Meanwhile.Postgres.Source.Runs;

/// <summary>Asks the planner what it expects of a statement.</summary>
/// <remarks>The options stand in parentheses, after which no word of the text is taken for one: <c>EXPLAIN analyze insert ...</c> would run it.</remarks>
internal static class Explain
{
    private const string Prefix = "explain (format json) ";

    /// <summary>The plan as JSON: an object with <c>Plan</c>; null for what has none.</summary>
    public static async Task<string?> PlanAsync(Session session, StatementText statement, ParameterSet parameters, CancellationToken cancellationToken)
    {
        if (TextOf(statement, parameters) is not { } text) return null;

        List<string?[]> rows = [];
        await ServerFaults.ToldInAsync(text, Prefix.Length, async () => rows = await RawBatch.Of(session.Connection, Prefix + text.Sql, text.Values).RowsAsync(cancellationToken));
        using var json = JsonDocument.Parse(rows[0][0]!);
        return json.RootElement[0].GetRawText();
    }

    /// <summary>Refuses a statement that is expected to cost too much.</summary>
    /// <param name="costMax">In the planner's own unit.</param>
    /// <param name="spent">What the statements before it were expected to cost.</param>
    /// <returns>What it is expected to cost.</returns>
    /// <exception cref="SourceException">It costs more, or nobody can tell.</exception>
    public static async Task<double> CheckCostAsync(Session session, StatementText statement, ParameterSet parameters, double costMax, double spent, CancellationToken cancellationToken)
    {
        if (StatementPolicy.IsFree(statement) && !statement.Has("analyze")) return 0;
        if (await PlanAsync(session, statement, parameters, cancellationToken) is not { } plan) throw Refused($"What {statement.Verb} will cost can't be told, and a maximum of {costMax} was given.", "cost_unknown", statement);

        using var json = JsonDocument.Parse(plan);
        var cost = json.RootElement.GetProperty("Plan").GetProperty("Total Cost").GetDouble();
        return cost + spent <= costMax ? cost : throw Refused($"The planner expects a cost of {cost + spent}, more than the maximum of {costMax}.", "cost_over_limit", statement);
    }

    private static BoundText? TextOf(StatementText statement, ParameterSet parameters)
    {
        if (CopyText.Is(statement)) return CopyText.Read(statement).Query is { } query ? BoundText.Of(statement, parameters, query.Start, query.End) : null;
        return StatementPolicy.IsPlanned(statement) ? BoundText.Of(statement, parameters) : null;
    }

    private static SourceException Refused(string message, string code, StatementText statement) =>
        new(JobError.Of(ErrorKind.ResourceLimit, message, code, "Select less, or raise max_cost.") with { Position = BoundText.PositionOf(statement) });
}
