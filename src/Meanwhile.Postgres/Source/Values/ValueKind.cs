namespace Meanwhile.Postgres.Source.Values;

/// <summary>How the text of a value becomes a cell.</summary>
internal enum ValueKind
{
    /// <summary>As it is.</summary>
    Text,

    /// <summary><c>t</c> or <c>f</c>.</summary>
    Boolean,

    /// <summary>An integer of at most 64 bits with its sign.</summary>
    Integer,

    /// <summary>Digits, or one of NaN, Infinity and -Infinity.</summary>
    Numeric,

    /// <summary>A double, or one of NaN, Infinity and -Infinity.</summary>
    Float,

    /// <summary>Hexadecimal after <c>\x</c>.</summary>
    Bytes,

    /// <summary>JSON.</summary>
    Json,

    /// <summary>A date with a time of day, with or without a zone: RFC 3339 where that can say it.</summary>
    Timestamp,

    /// <summary>Nothing, as of a function without a result.</summary>
    Void,

    /// <summary>An array of any of these.</summary>
    Array,
}

/// <summary>The kinds of PostgreSQL's own types, by their numbers in pg_type.dat, which never change.</summary>
internal static class ValueKinds
{
    /// <summary>The kind of a type that is no array; whatever is not known here is text, unharmed.</summary>
    public static ValueKind Of(uint type) => type switch
    {
        16 => ValueKind.Boolean,
        20 or 21 or 23 or 26 => ValueKind.Integer, // int8, int2, int4, oid
        28 or 29 => ValueKind.Integer, // xid, cid
        5069 or 1700 => ValueKind.Numeric, // xid8 has no sign, numeric has any digits
        700 or 701 => ValueKind.Float,
        17 => ValueKind.Bytes,
        114 or 3802 => ValueKind.Json,
        1114 or 1184 => ValueKind.Timestamp,
        2278 => ValueKind.Void,
        _ => ValueKind.Text,
    };
}
