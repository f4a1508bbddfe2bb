namespace Meanwhile.Postgres.Source.Text;

/// <summary>Reads a text into tokens as PostgreSQL's own lexer does with standard_conforming_strings on; comments and blanks vanish.</summary>
/// <remarks>See scan.l and psqlscan.l. What is not closed reaches to the end of the text, and the server says so.</remarks>
internal sealed class SqlLexer(string sql)
{
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _depth;
    private int _brackets;

    /// <summary>The tokens of a text, in order.</summary>
    public static List<Token> Read(string sql) => new SqlLexer(sql).Read();

    private List<Token> Read()
    {
        while (_at < sql.Length) Next();
        return _tokens;
    }

    private void Next()
    {
        var c = sql[_at];
        if (IsBlank(c)) _at++;
        else if (c == '-' && Peek(1) == '-') SkipLine();
        else if (c == '/' && Peek(1) == '*') SkipComment();
        else if (c == '\'') Add(TokenKind.Value, StringEnd(_at, escapes: false));
        else if (c == '"') Add(TokenKind.Value, QuotedEnd(_at, '"'));
        else if (c == '$') Dollar();
        else if (c == ':') Colon();
        else if (IsIdentifierStart(c)) Word();
        else if (char.IsAsciiDigit(c)) Add(TokenKind.Value, NumberEnd());
        else Sign(c);
    }

    private void Word()
    {
        var end = _at + 1;
        while (end < sql.Length && IsIdentifier(sql[end])) end++;
        if (end < sql.Length && sql[end] == '\'' && end == _at + 1 && sql[_at] is 'e' or 'E' && Peek(1) == '\'') Add(TokenKind.Value, StringEnd(end, escapes: true));
        else Add(TokenKind.Word, end); // b'', x'' and n'' read as a word and a string, which end at the same place
    }

    private void Dollar()
    {
        if (char.IsAsciiDigit(Peek(1)))
        {
            var end = _at + 1;
            while (end < sql.Length && char.IsAsciiDigit(sql[end])) end++;
            Add(TokenKind.Positional, end);
            return;
        }

        var tagEnd = _at + 1;
        if (tagEnd < sql.Length && IsIdentifierStart(sql[tagEnd]))
        {
            while (tagEnd < sql.Length && sql[tagEnd] != '$' && IsIdentifier(sql[tagEnd])) tagEnd++;
        }

        if (tagEnd >= sql.Length || sql[tagEnd] != '$')
        {
            Add(TokenKind.Sign, _at + 1);
            return;
        }

        var tag = sql.AsSpan(_at, tagEnd + 1 - _at);
        var found = sql.AsSpan(tagEnd + 1).IndexOf(tag, StringComparison.Ordinal);
        Add(TokenKind.Value, found < 0 ? sql.Length : tagEnd + 1 + found + tag.Length);
    }

    private void Colon()
    {
        if (Peek(1) == ':')
        {
            Add(TokenKind.Sign, _at + 2);
            return;
        }

        if (!IsIdentifierStart(Peek(1)) || IsSlice())
        {
            Add(TokenKind.Sign, _at + 1);
            return;
        }

        var end = _at + 2;
        while (end < sql.Length && IsIdentifier(sql[end])) end++;
        Add(TokenKind.Named, end);
    }

    /// <summary>Whether a colon stands between the bounds of a slice, as in <c>a[1:n]</c>: after something that is a value.</summary>
    private bool IsSlice() =>
        _brackets > 0 && _tokens is [.., var last] && (last.Kind is TokenKind.Word or TokenKind.Value or TokenKind.Close or TokenKind.Named or TokenKind.Positional || sql[last.Start] == ']');

    private void Sign(char c)
    {
        switch (c)
        {
            case '(':
                Add(TokenKind.Open, _at + 1);
                _depth++;
                break;
            case ')':
                _depth = Math.Max(0, _depth - 1);
                Add(TokenKind.Close, _at + 1);
                break;
            case ';':
                Add(TokenKind.Semicolon, _at + 1);
                break;
            default:
                if (c == '[') _brackets++;
                if (c == ']') _brackets = Math.Max(0, _brackets - 1);
                Add(TokenKind.Sign, _at + 1);
                break;
        }
    }

    private void Add(TokenKind kind, int end)
    {
        _tokens.Add(new Token(kind, _at, end - _at, _depth));
        _at = end;
    }

    /// <summary>Where a string ends whose first quote is at <paramref name="quote"/>.</summary>
    private int StringEnd(int quote, bool escapes)
    {
        var at = quote + 1;
        while (at < sql.Length)
        {
            if (sql[at] == '\\' && escapes) at += 2;
            else if (sql[at] != '\'') at++;
            else if (at + 1 < sql.Length && sql[at + 1] == '\'') at += 2;
            else if (escapes && ContinuationOf(at + 1) is var next and >= 0) at = next + 1;
            else return at + 1;
        }

        return sql.Length;
    }

    /// <summary>Where a string goes on that was closed before <paramref name="at"/>: a quote on a later line continues it, with its escapes, comments between them or not; -1 when there is none.</summary>
    private int ContinuationOf(int at)
    {
        var newline = false;
        for (; at < sql.Length; at++)
        {
            if (sql[at] is '\n' or '\r') newline = true;
            else if (sql[at] == '-' && at + 1 < sql.Length && sql[at + 1] == '-')
            {
                at = sql.AsSpan(at).IndexOfAny('\n', '\r') is var line and >= 0 ? at + line - 1 : sql.Length; // the line's end counts
            }
            else if (!IsBlank(sql[at])) return newline && sql[at] == '\'' ? at : -1;
        }

        return -1;
    }

    private int QuotedEnd(int at, char quote)
    {
        var found = sql.IndexOf(quote, at + 1); // a doubled quote reads as two, which end at the same place
        return found < 0 ? sql.Length : found + 1;
    }

    private int NumberEnd()
    {
        var end = _at + 1;
        while (end < sql.Length && (char.IsAsciiLetterOrDigit(sql[end]) || sql[end] == '_' || sql[end] == '.' && end + 1 < sql.Length && char.IsAsciiDigit(sql[end + 1]))) end++;
        return end;
    }

    private void SkipLine() => _at = sql.AsSpan(_at).IndexOfAny('\n', '\r') is var line and >= 0 ? _at + line : sql.Length;

    private void SkipComment()
    {
        var depth = 1;
        for (_at += 2; _at < sql.Length && depth > 0; _at++)
        {
            if (sql[_at] == '/' && Peek(1) == '*') (depth, _at) = (depth + 1, _at + 1);
            else if (sql[_at] == '*' && Peek(1) == '/') (depth, _at) = (depth - 1, _at + 1);
        }
    }

    private char Peek(int ahead) => _at + ahead < sql.Length ? sql[_at + ahead] : '\0';

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\n' or '\r' or '\f' or '\v';

    private static bool IsIdentifierStart(char c) => c >= 0x80 || c == '_' || char.IsAsciiLetter(c);

    private static bool IsIdentifier(char c) => IsIdentifierStart(c) || c == '$' || char.IsAsciiDigit(c);
}
