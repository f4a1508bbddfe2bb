namespace Meanwhile.Sqlite.Source.Functions;

/// <summary>How a match ended.</summary>
internal enum PatternAnswer
{
    /// <summary>The text matches.</summary>
    Match,

    /// <summary>It does not.</summary>
    NoMatch,

    /// <summary>It does not, and no other place for the wildcard before can help.</summary>
    NoWildcardMatch,

    /// <summary>The statement is to stop.</summary>
    Stopped,
}

/// <summary>The special characters of LIKE and GLOB; 0 = there is none.</summary>
/// <param name="Other">LIKE's escape, or GLOB's <c>[</c>.</param>
internal readonly record struct PatternRules(uint All, uint One, uint Other, bool IsGlob)
{
    /// <summary>GLOB: cases differ.</summary>
    public static readonly PatternRules Glob = new('*', '?', '[', IsGlob: true);

    /// <summary>LIKE: cases of ASCII don't differ. A special character that is also the escape is only that.</summary>
    public static PatternRules Like(uint escape) => new(escape == '%' ? 0u : '%', escape == '_' ? 0u : '_', escape, IsGlob: false);
}

/// <summary>SQLite's matcher of LIKE and GLOB (patternCompare in func.c), step by step the same, with a look at the guard now and then.</summary>
internal static class PatternMatcher
{
    /// <summary>Holds a text against a pattern; both end at a NUL.</summary>
    public static PatternAnswer Match(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, PatternRules rules, ref Heed heed)
    {
        var p = 0;
        var t = 0;
        var escapedAt = -1;
        uint c;
        while ((c = Read(pattern, ref p)) != 0)
        {
            if (heed.Stops(1)) return PatternAnswer.Stopped;
            if (c == rules.All && rules.All != 0) return MatchAfterAll(pattern, p, text, t, rules, ref heed);

            if (c == rules.Other && rules.Other != 0)
            {
                if (rules.IsGlob)
                {
                    if (!IsInSet(Read(text, ref t), pattern, ref p)) return PatternAnswer.NoMatch;
                    continue;
                }

                c = Read(pattern, ref p);
                if (c == 0) return PatternAnswer.NoMatch;
                escapedAt = p;
            }

            var c2 = Read(text, ref t);
            if (c == c2 || !rules.IsGlob && c < 0x80 && c2 < 0x80 && Lower(c) == Lower(c2)) continue;
            if (c == rules.One && rules.One != 0 && p != escapedAt && c2 != 0) continue;
            return PatternAnswer.NoMatch;
        }

        return At(text, t) == 0 ? PatternAnswer.Match : PatternAnswer.NoMatch;
    }

    /// <summary>Whether a text is one character, and which.</summary>
    public static bool IsOneCharacter(ReadOnlySpan<byte> text, out uint character)
    {
        var at = 0;
        character = Read(text, ref at);
        return character != 0 && At(text, at) == 0;
    }

    private static PatternAnswer MatchAfterAll(ReadOnlySpan<byte> pattern, int p, ReadOnlySpan<byte> text, int t, PatternRules rules, ref Heed heed)
    {
        uint c;
        while ((c = Read(pattern, ref p)) == rules.All || c == rules.One && rules.One != 0)
        {
            if (c == rules.One && Read(text, ref t) == 0) return PatternAnswer.NoWildcardMatch;
        }

        if (c == 0) return PatternAnswer.Match; // a wildcard at the end takes all

        var isSet = false;
        if (c == rules.Other && rules.Other != 0)
        {
            if (rules.IsGlob) isSet = true;
            else if ((c = Read(pattern, ref p)) == 0) return PatternAnswer.NoWildcardMatch;
        }

        while (At(text, t) != 0)
        {
            if (heed.Stops(1)) return PatternAnswer.Stopped;

            if (isSet)
            {
                var ofSet = Match(pattern[(p - 1)..], text[t..], rules, ref heed);
                if (ofSet != PatternAnswer.NoMatch) return ofSet;

                Skip(text, ref t);
                continue;
            }

            if (!FindNext(text, ref t, c, rules, ref heed)) return heed.IsStopped ? PatternAnswer.Stopped : PatternAnswer.NoWildcardMatch;

            var answer = Match(pattern[p..], text[t..], rules, ref heed);
            if (answer != PatternAnswer.NoMatch) return answer;
        }

        return PatternAnswer.NoWildcardMatch;
    }

    /// <summary>Moves behind the next occurrence of a character.</summary>
    private static bool FindNext(ReadOnlySpan<byte> text, ref int t, uint c, PatternRules rules, ref Heed heed)
    {
        if (c < 0x80)
        {
            var (upper, lower) = rules.IsGlob ? ((byte)c, (byte)c) : ((byte)Upper(c), (byte)Lower(c));
            var found = text[t..].IndexOfAny(upper, lower, (byte)0);
            if (found < 0 || text[t + found] == 0) return false;

            t += found + 1;
            return true;
        }

        uint c2;
        while ((c2 = Read(text, ref t)) != 0)
        {
            if (heed.Stops(1)) return false;
            if (c2 == c) return true;
        }

        return false;
    }

    /// <summary>Whether a character is in GLOB's <c>[...]</c>, which is read to its end.</summary>
    private static bool IsInSet(uint c, ReadOnlySpan<byte> pattern, ref int p)
    {
        if (c == 0) return false;

        var prior = 0u;
        var seen = false;
        var c2 = Read(pattern, ref p);
        var inverted = c2 == '^';
        if (inverted) c2 = Read(pattern, ref p);
        if (c2 == ']')
        {
            seen = c == ']';
            c2 = Read(pattern, ref p);
        }

        while (c2 != 0 && c2 != ']')
        {
            if (c2 == '-' && At(pattern, p) is not (']' or 0) && prior > 0)
            {
                c2 = Read(pattern, ref p);
                seen |= c >= prior && c <= c2;
                prior = 0;
            }
            else
            {
                seen |= c == c2;
                prior = c2;
            }

            c2 = Read(pattern, ref p);
        }

        return c2 != 0 && seen != inverted;
    }

    /// <summary>SQLite's reading of UTF-8, ill-formed too (sqlite3Utf8Read in utf.c); 0 at the end.</summary>
    public static uint Read(ReadOnlySpan<byte> text, ref int at)
    {
        if (at >= text.Length) return 0;

        uint c = text[at++];
        if (c < 0xC0) return c;

        c = c switch { < 0xE0 => c & 0x1F, < 0xF0 => c & 0x0F, < 0xF8 => c & 0x07, < 0xFC => c & 0x03, _ => c is 0xFD ? 1u : 0u };
        while (at < text.Length && (text[at] & 0xC0) == 0x80) c = (c << 6) + (text[at++] & 0x3Fu);
        return c < 0x80 || (c & 0xFFFFF800) == 0xD800 || (c & 0xFFFFFFFE) == 0xFFFE ? 0xFFFD : c;
    }

    private static void Skip(ReadOnlySpan<byte> text, ref int at)
    {
        if (text[at++] < 0xC0) return;
        while (at < text.Length && (text[at] & 0xC0) == 0x80) at++;
    }

    /// <summary>The byte at a place; 0 at the end.</summary>
    public static uint At(ReadOnlySpan<byte> text, int at) => at < text.Length ? text[at] : 0u;

    private static uint Lower(uint c) => c is >= 'A' and <= 'Z' ? c | 0x20 : c;

    private static uint Upper(uint c) => c is >= 'a' and <= 'z' ? c & ~0x20u : c;
}
