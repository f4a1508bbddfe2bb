using System.Security.Cryptography;
using System.Text;
using Meanwhile.Sqlite.Store.Files;
using Meanwhile.Sqlite.Store.Sql;

namespace Meanwhile.Sqlite.Store.Writing;

/// <summary>Distinct statement texts, each stored once by its hash.</summary>
internal sealed class StatementTexts(Session session)
{
    private const int RememberedMax = 1_024;
    private const int RememberedLengthMax = 8_192;
    private readonly Dictionary<string, long> _remembered = [];

    /// <summary>The id of a text, which is stored when it is new.</summary>
    public long Of(string text)
    {
        if (_remembered.TryGetValue(text, out var known)) return known;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        var find = session.Use(JobSql.StatementByHash);
        find.BindBlob(1, hash);
        var id = Session.First(find) ?? Insert(hash, text);
        if (_remembered.Count == RememberedMax) _remembered.Clear();
        if (text.Length <= RememberedLengthMax) _remembered[text] = id;
        return id;
    }

    /// <summary>Forgets what is remembered: texts may have been removed.</summary>
    public void Forget() => _remembered.Clear();

    private long Insert(ReadOnlySpan<byte> hash, string text)
    {
        var insert = session.Use(JobSql.InsertStatement);
        insert.BindBlob(1, hash);
        insert.Bind(2, text);
        insert.RunToEnd();
        return session.Connection.LastInsertRowId;
    }
}
