using System.Text;

namespace Meanwhile.Postgres.Source.Text;

/// <summary>A text read into its statements.</summary>
/// <param name="Sql">The whole text.</param>
/// <param name="Statements">In order; those that hold nothing are left out.</param>
internal sealed record Script(string Sql, IReadOnlyList<StatementText> Statements)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a text.</summary>
    /// <param name="bytesMax">How long it may be, in bytes of UTF-8.</param>
    /// <exception cref="SourceException">It is too long, holds what no statement can, or no statement at all.</exception>
    public static Script Read(string sql, int bytesMax)
    {
        if (sql.IndexOf('\0', StringComparison.Ordinal) is >= 0 and var nul) throw SourceException.Syntax("The statement holds a NUL character.", position: nul + 1);
        if (BytesIn(sql) is var bytes && bytes > bytesMax) throw SourceException.Syntax($"The statement has {bytes} bytes; at most {bytesMax} are accepted.", "statement_too_long");

        var statements = Split(sql);
        return statements.Count > 0 ? new Script(sql, statements) : throw SourceException.Syntax("There is no statement in the text.");
    }

    private static int BytesIn(string sql)
    {
        try
        {
            return Strict.GetByteCount(sql);
        }
        catch (EncoderFallbackException e)
        {
            throw SourceException.Syntax("The statement is not well-formed Unicode.", position: e.Index + 1);
        }
    }

    private static List<StatementText> Split(string sql)
    {
        List<StatementText> statements = [];
        List<Token> tokens = [];
        var body = new RoutineBody(sql);
        foreach (var token in SqlLexer.Read(sql))
        {
            if (token.Kind == TokenKind.Semicolon && token.Depth == 0 && !body.IsOpen)
            {
                Close();
                continue;
            }

            body.See(token);
            tokens.Add(token);
        }

        Close();
        return statements;

        void Close()
        {
            if (tokens.Count > 0) statements.Add(new StatementText(sql, [.. tokens]));
            tokens.Clear();
            body = new RoutineBody(sql);
        }
    }

    /// <summary>Knows whether a semicolon stands within <c>BEGIN ATOMIC ... END</c> of a routine, as psql does.</summary>
    private sealed class RoutineBody(string sql)
    {
        private readonly List<string> _first = [];
        private int _depth;

        public bool IsOpen => _depth > 0;

        private bool IsRoutine => _first is ["CREATE", "FUNCTION" or "PROCEDURE", ..] or ["CREATE", "OR", "REPLACE", "FUNCTION" or "PROCEDURE"];

        public void See(Token token)
        {
            if (token.Kind != TokenKind.Word) return;
            if (_first.Count < 4) _first.Add(token.In(sql).ToString().ToUpperInvariant());
            if (!IsRoutine || token.Depth > 0) return;
            if (token.Is(sql, "begin") || (token.Is(sql, "case") && IsOpen)) _depth++;
            else if (token.Is(sql, "end") && IsOpen) _depth--;
        }
    }
}
