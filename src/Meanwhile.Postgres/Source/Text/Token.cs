namespace Meanwhile.Postgres.Source.Text;

/// <summary>What a piece of a text is, as far as it matters here.</summary>
internal enum TokenKind
{
    /// <summary>A keyword or an identifier without quotes.</summary>
    Word,

    /// <summary><c>:name</c>, where it is neither a cast nor a slice of an array.</summary>
    Named,

    /// <summary><c>$1</c>.</summary>
    Positional,

    /// <summary><c>(</c>.</summary>
    Open,

    /// <summary><c>)</c>.</summary>
    Close,

    /// <summary>A quoted string or identifier, or a number.</summary>
    Value,

    /// <summary><c>;</c>.</summary>
    Semicolon,

    /// <summary>One character of an operator or punctuation.</summary>
    Sign,
}

/// <summary>A piece of a text.</summary>
/// <param name="Start">In UTF-16 units from 0.</param>
/// <param name="Depth">How many parentheses stand around it.</param>
internal readonly record struct Token(TokenKind Kind, int Start, int Length, int Depth)
{
    /// <summary>Where the next piece may begin.</summary>
    public int End => Start + Length;

    /// <summary>Its characters.</summary>
    public ReadOnlySpan<char> In(string sql) => sql.AsSpan(Start, Length);

    /// <summary>Whether it is this keyword, in any case.</summary>
    public bool Is(string sql, string keyword) => Kind == TokenKind.Word && In(sql).Equals(keyword, StringComparison.OrdinalIgnoreCase);
}
