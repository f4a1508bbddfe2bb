using Meanwhile.Sqlite.Interop;

namespace Meanwhile.Sqlite.Store.Files;

/// <summary>A connection with its statements, each prepared once and kept.</summary>
/// <remarks>Used by one thread at a time.</remarks>
internal class Session(Connection connection) : IDisposable
{
    private readonly Dictionary<object, Statement> _statements = new(ReferenceEqualityComparer.Instance); // the texts are constants, so the reference is enough

    /// <summary>The connection.</summary>
    public Connection Connection { get; } = connection;

    /// <summary>The statement with this constant text, ready to be bound. Whoever steps it resets it.</summary>
    public Statement Use(string sql)
    {
        if (_statements.TryGetValue(sql, out var known)) return known;
        return _statements[sql] = Connection.Prepare(sql);
    }

    /// <summary>Runs a statement that gives no rows.</summary>
    public void Run(string sql)
    {
        var statement = Use(sql);
        statement.RunToEnd();
    }

    /// <summary>An integer from the first row; null when there is none, or it is NULL.</summary>
    public static long? First(Statement statement)
    {
        var value = statement.Step() ? statement.NullableInt64(0) : null;
        statement.Reset();
        return value;
    }

    /// <summary>Every row, made into something.</summary>
    public static List<T> All<T>(Statement statement, Func<Statement, T> make)
    {
        List<T> all = [];
        while (statement.Step()) all.Add(make(statement));
        statement.Reset();
        return all;
    }

    /// <summary>The statements' and the connection's end.</summary>
    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        Connection.Dispose();
        GC.SuppressFinalize(this);
    }
}
