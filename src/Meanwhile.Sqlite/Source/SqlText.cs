using System.Text;

namespace Meanwhile.Sqlite.Source;

/// <summary>A script as SQLite reads it.</summary>
internal sealed class SqlText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private SqlText(byte[] terminated) => Terminated = terminated;

    /// <summary>UTF-8 with a NUL after it, which spares SQLite a copy of the rest for every statement.</summary>
    public byte[] Terminated { get; }

    /// <summary>Without the NUL.</summary>
    public ReadOnlySpan<byte> Utf8 => Terminated.AsSpan(0, Terminated.Length - 1);

    /// <summary>Encodes a text.</summary>
    /// <exception cref="SourceException">SQLite would read something else than was written: it stops at NUL and has no lone surrogates.</exception>
    public static SqlText Encode(string sql, int bytesMax)
    {
        if (sql.IndexOf('\0', StringComparison.Ordinal) is >= 0 and var nul)
        {
            throw SourceException.Syntax("The statement holds a NUL character.", position: Characters(Encoding.UTF8.GetBytes(sql[..nul])) + 1);
        }

        try
        {
            var terminated = new byte[Strict.GetByteCount(sql) + 1];
            if (terminated.Length - 1 > bytesMax) throw SourceException.Syntax($"The statement has {terminated.Length - 1} bytes; at most {bytesMax} are accepted.", "statement_too_long");
            Strict.GetBytes(sql, terminated);
            return new SqlText(terminated);
        }
        catch (EncoderFallbackException e)
        {
            throw SourceException.Syntax("The statement is not well-formed Unicode.", position: Characters(Encoding.UTF8.GetBytes(sql[..e.Index])) + 1);
        }
    }

    /// <summary>Where a byte lies, in characters from 1.</summary>
    public int PositionOf(int offset) => Characters(Utf8[..Math.Min(offset, Utf8.Length)]) + 1;

    private static int Characters(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var unit in utf8) count += (unit & 0xC0) == 0x80 ? 0 : 1;
        return count;
    }
}
