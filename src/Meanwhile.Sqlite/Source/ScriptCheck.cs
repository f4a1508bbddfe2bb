using Meanwhile.Results;
using Meanwhile.Sources;
using Meanwhile.Sqlite.Source.Hardening;
using Meanwhile.Sqlite.Source.Parameters;

namespace Meanwhile.Sqlite.Source;

/// <summary>Prepares each statement of a script and runs none.</summary>
internal sealed class ScriptCheck(Connector connector, StatementRequest request, StopSignal stop)
{
    /// <summary>What was found.</summary>
    /// <exception cref="SourceException">A statement or a parameter is wrong.</exception>
    public StatementCheck Run()
    {
        var text = connector.Encode(request);
        var scan = ParameterScan.Of(text.Utf8);
        _ = Connector.Parameters(request, text, scan);
        var guard = connector.Guard(stop.Token);
        using var database = connector.Open(guard);
        stop.Attach(database);
        try
        {
            return Prepare(text, scan, database, guard);
        }
        catch (SourceException e)
        {
            throw new SourceException(SqliteErrors.Explain(e.Error, connector, database, guard, statement: 0));
        }
        finally
        {
            stop.Detach();
        }
    }

    private static StatementCheck Prepare(SqlText text, ParameterScan scan, SourceDatabase database, StatementGuard guard)
    {
        var (count, readOnly) = (0, true);
        IReadOnlyList<ResultColumn> columns = [];
        for (var offset = 0; offset < text.Utf8.Length;)
        {
            guard.BeginStatement();
            using var statement = database.Prepare(text, offset, out offset);
            if (statement is null) continue;

            count++;
            readOnly &= statement.ReadOnly;
            if (statement.Columns() is { Length: > 0 } some) columns = some;
        }

        if (count == 0) throw SourceException.Syntax("There is no statement in the text.");
        return new StatementCheck(count, readOnly, columns, Names(scan), Plan: null);
    }

    private static IReadOnlyList<string> Names(ParameterScan scan) =>
        scan.FirstUnnamed is null ? scan.Names : [.. Enumerable.Range(1, scan.PositionMax).Select(position => $"?{position}")];
}
