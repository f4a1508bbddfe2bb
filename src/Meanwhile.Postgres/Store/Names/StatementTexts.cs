using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;

namespace Meanwhile.Postgres.Store.Names;

/// <summary>Distinct statement texts, each stored once by its hash. Safe for concurrent use.</summary>
/// <remarks>Retention removes a text that no job names and that no node has used for <see cref="UnusedFor"/>; a node believes an id that it remembers only for <see cref="RememberedFor"/>.</remarks>
internal sealed class StatementTexts(Database database, StoreClock clock)
{
    /// <summary>How long a text was not used before it may be removed.</summary>
    public static readonly TimeSpan UnusedFor = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan RememberedFor = TimeSpan.FromMinutes(1);
    private const int RememberedMax = 1_024;
    private const int RememberedLengthMax = 8_192;
    private readonly ConcurrentDictionary<string, (long Id, long Since)> _remembered = new();

    /// <summary>The ids of texts, which are stored when they are new.</summary>
    public async ValueTask<IReadOnlyDictionary<string, long>> IdsAsync(IEnumerable<string> texts, CancellationToken cancellationToken)
    {
        Dictionary<string, long> ids = [];
        List<string> unknown = [];
        foreach (var text in texts.Distinct(StringComparer.Ordinal))
        {
            if (_remembered.TryGetValue(text, out var known) && clock.Time.GetElapsedTime(known.Since) < RememberedFor) ids.Add(text, known.Id);
            else unknown.Add(text);
        }

        if (unknown.Count > 0) await StoreAsync(unknown, ids, cancellationToken);
        return ids;
    }

    private async ValueTask StoreAsync(List<string> texts, Dictionary<string, long> ids, CancellationToken cancellationToken)
    {
        var since = clock.Time.GetTimestamp();
        var hashes = texts.ConvertAll(text => SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        var byHash = texts.Zip(hashes).ToDictionary(pair => Convert.ToHexString(pair.Second), pair => pair.First);
        var call = new Call(SubmitSql.AddStatements, Parameters.Sparse<byte[]>([.. hashes], NpgsqlTypes.NpgsqlDbType.Bytea), Parameters.Texts([.. texts]), clock.Parameter);
        foreach (var (id, hash) in await database.ListAsync(call, row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)), cancellationToken))
        {
            var text = byHash[Convert.ToHexString(hash)];
            ids.Add(text, id);
            if (_remembered.Count >= RememberedMax) _remembered.Clear();
            if (text.Length <= RememberedLengthMax) _remembered[text] = (id, since);
        }
    }
}
