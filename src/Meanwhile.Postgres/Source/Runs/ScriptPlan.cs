using Meanwhile.Postgres.Source.Parameters;
using Meanwhile.Postgres.Source.Text;
using Meanwhile.Sources;

namespace Meanwhile.Postgres.Source.Runs;

/// <summary>In which transactions a text runs.</summary>
internal enum TransactionMode
{
    /// <summary>One that is read-only and rolled back in the end.</summary>
    ReadOnly,

    /// <summary>One that is committed in the end.</summary>
    Single,

    /// <summary>Each statement in its own, or in those that the text itself begins.</summary>
    Piecewise,
}

/// <summary>What is to be run, and how; made without asking the server.</summary>
internal sealed record ScriptPlan(Script Script, ParameterSet Parameters, TransactionMode Mode)
{
    /// <summary>Makes the plan.</summary>
    /// <exception cref="SourceException">The text, a parameter or a statement is refused.</exception>
    public static ScriptPlan Of(StatementRequest request, bool readOnly, int sqlBytesMax)
    {
        var script = Script.Read(request.Sql, sqlBytesMax);
        var parameters = ParameterSet.Read(request.Parameters, script);
        foreach (var statement in script.Statements)
        {
            if (StatementPolicy.Refusal(statement, readOnly) is { } refusal) throw new SourceException(refusal with { Position = BoundText.PositionOf(statement) });
            if (CopyText.Is(statement)) _ = CopyText.Read(statement);
        }

        var mode = readOnly ? TransactionMode.ReadOnly : StatementPolicy.IsPiecewise(script) ? TransactionMode.Piecewise : TransactionMode.Single;
        return new ScriptPlan(script, parameters, mode);
    }
}
