namespace Meanwhile.Postgres.Source.Text;

/// <summary>One statement within a text.</summary>
internal sealed class StatementText(string sql, Token[] tokens)
{
    private readonly HashSet<string> _words = new(
        tokens.Where(token => token.Kind == TokenKind.Word).Select(token => token.In(sql).ToString()), StringComparer.OrdinalIgnoreCase);

    /// <summary>The whole text that it is part of.</summary>
    public string Sql => sql;

    /// <summary>Its tokens, without the semicolon.</summary>
    public IReadOnlyList<Token> Tokens => tokens;

    /// <summary>Where it begins, in UTF-16 units from 0.</summary>
    public int Start => tokens[0].Start;

    /// <summary>Where it ends.</summary>
    public int End => tokens[^1].End;

    /// <summary>Its first word in capitals; parentheses before it don't count; empty when it begins with none.</summary>
    public string Verb => Word(0);

    /// <summary>One of its words by number, in capitals, counted from 0 over those that follow each other at its beginning.</summary>
    public string Word(int number)
    {
        foreach (var token in tokens)
        {
            if (token.Kind == TokenKind.Open) continue;
            if (token.Kind != TokenKind.Word) return "";
            if (number-- == 0) return token.In(sql).ToString().ToUpperInvariant();
        }

        return "";
    }

    /// <summary>Where parameters stand. What has <c>$1</c> for itself, PREPARE and the bodies of routines, takes none by position.</summary>
    public IEnumerable<Token> Parameters => tokens.Where(token => token.Kind == TokenKind.Named || (token.Kind == TokenKind.Positional && !HasOwnPositions));

    private bool HasOwnPositions => Verb == "PREPARE" || (Verb == "CREATE" && (Has("function") || Has("procedure")));

    /// <summary>Whether a word stands anywhere in it, outside of quotes and comments.</summary>
    public bool Has(string word) => _words.Contains(word);

    /// <summary>The first of these words that it has; null for none.</summary>
    public string? FirstOf(IEnumerable<string> words) => words.FirstOrDefault(Has);
}
