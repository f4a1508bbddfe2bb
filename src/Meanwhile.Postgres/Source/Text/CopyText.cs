namespace Meanwhile.Postgres.Source.Text;

/// <summary>A <c>COPY ... TO STDOUT</c>: what it copies. How its text would look is for whoever reads the result to choose, so its options are not kept.</summary>
/// <param name="WhatEnd">Where what it copies ends: a table with columns, or a query in parentheses.</param>
/// <param name="Query">Where the query lies within its parentheses; null when it copies a table.</param>
internal sealed record CopyText(StatementText Statement, int WhatEnd, (int Start, int End)? Query)
{
    /// <summary>What is sent: as CSV with a header, so that NULL stays apart from the empty string.</summary>
    public string Sql => $"{Statement.Sql[Statement.Start..WhatEnd]} to stdout with (format csv, header true)";

    /// <summary>Whether a statement is a COPY.</summary>
    public static bool Is(StatementText statement) => statement.Verb == "COPY";

    /// <summary>Reads a COPY.</summary>
    /// <exception cref="SourceException">It goes another way than to the result.</exception>
    public static CopyText Read(StatementText statement)
    {
        var sql = statement.Sql;
        var direction = statement.Tokens.Select((token, index) => (token, index)).FirstOrDefault(pair => pair.token.Depth == 0 && (pair.token.Is(sql, "to") || pair.token.Is(sql, "from")));
        if (direction.index < 2) throw Refused(statement, "This COPY says neither TO STDOUT nor what it copies.");
        if (direction.token.Is(sql, "from")) throw Refused(statement, "COPY FROM is not possible here: a statement has no input.", "Write INSERT with parameters, or use psql's \\copy.");
        if (direction.index + 1 >= statement.Tokens.Count || !statement.Tokens[direction.index + 1].Is(sql, "stdout")) throw Refused(statement, "COPY to a file or program of the server is not allowed.", "Write COPY ... TO STDOUT: its rows are the result.");
        if (statement.Has("binary")) throw Refused(statement, "COPY in binary is not possible here.", "Leave the format out: the rows are the result, which can be read as CSV.");

        if (statement.Parameters.Any()) throw SourceException.Syntax("COPY takes no parameters.", hint: "Write the query by itself: its rows are the result all the same.", position: Parameters.BoundText.PositionOf(statement));

        var what = statement.Tokens[direction.index - 1];
        return new CopyText(statement, what.End, QueryIn(statement, direction.index));
    }

    private static (int, int)? QueryIn(StatementText statement, int direction) =>
        statement.Tokens[1].Kind == TokenKind.Open && statement.Tokens[direction - 1].Kind == TokenKind.Close ? (statement.Tokens[1].End, statement.Tokens[direction - 1].Start) : null;

    private static SourceException Refused(StatementText statement, string message, string? hint = null) =>
        SourceException.Permission(message, "not_allowed", hint, Parameters.BoundText.PositionOf(statement));
}
