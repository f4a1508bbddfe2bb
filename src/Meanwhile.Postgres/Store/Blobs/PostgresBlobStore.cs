using System.Runtime.CompilerServices;
using Meanwhile.Blobs;
using Meanwhile.Postgres.Store.Connections;
using Meanwhile.Postgres.Store.Sql;
using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Store.Blobs;

/// <summary>Keeps blobs in tables, in chunks of a bounded size.</summary>
internal sealed class PostgresBlobStore(Database database) : IBlobStore
{
    private const int DeletedAtOnce = 1_000;
    private const char Highest = '\x7f'; // after every character of a key

    private readonly record struct Blob(long Id, long Length);

    /// <inheritdoc/>
    public async ValueTask<IBlobWriter> CreateAsync(string key, CancellationToken cancellationToken)
    {
        BlobName.CheckKey(key);
        var made = await ToldAsync(() => database.ListAsync(new Call(BlobSql.Create, Parameters.Text(key)), row => row.GetInt64(0), cancellationToken));
        return made.Count > 0 ? new PostgresBlobWriter(database, key, made[0]) : throw new IOException($"The blob {key} exists.");
    }

    /// <inheritdoc/>
    public async ValueTask<Stream> OpenAsync(string key, long offset, long length, CancellationToken cancellationToken)
    {
        BlobName.CheckKey(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var blob = await FindAsync(key, cancellationToken) ?? throw new FileNotFoundException($"There is no blob {key}.", key);
        if (length > blob.Length - offset) throw new EndOfStreamException($"The blob {key} has {blob.Length} bytes; the range {offset}+{length} is not all there.");
        return new BlobStream(database, key, blob.Id, offset, length);
    }

    /// <inheritdoc/>
    public async ValueTask<long?> LengthAsync(string key, CancellationToken cancellationToken)
    {
        BlobName.CheckKey(key);
        return (await FindAsync(key, cancellationToken))?.Length;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckPrefix(prefix);
        var (after, end) = (prefix, EndOf(prefix));
        while (await ToldAsync(() => database.ScalarAsync<string>(new Call(BlobSql.NextKey, Parameters.Text(after), Parameters.Text(end)), cancellationToken)) is { } key)
        {
            var name = key[prefix.Length..];
            var slash = name.IndexOf('/', StringComparison.Ordinal);
            yield return slash < 0 ? name : name[..(slash + 1)];
            after = slash < 0 ? key : prefix + name[..(slash + 1)] + Highest; // past everything below
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(string prefix, CancellationToken cancellationToken)
    {
        if (!prefix.EndsWith('/'))
        {
            BlobName.CheckKey(prefix);
            await ToldAsync(async () =>
            {
                await database.RunAsync([new Call(BlobSql.Delete, Parameters.Text(prefix))], cancellationToken);
                return true;
            });
            return;
        }

        BlobName.CheckPrefix(prefix);
        var call = new Func<Call>(() => new Call(BlobSql.DeleteBelow, Parameters.Text(prefix), Parameters.Text(EndOf(prefix)), Parameters.Int(DeletedAtOnce)));
        while ((await ToldAsync(() => database.ListAsync(call(), row => row.GetInt64(0), cancellationToken))).Count == DeletedAtOnce)
        {
        }
    }

    /// <inheritdoc/>
    public ValueTask<long?> FreeBytesAsync(CancellationToken cancellationToken) => ValueTask.FromResult<long?>(null); // the server does not tell

    /// <summary>What a caller of a blob store gets when the database fails: the disk's words.</summary>
    internal static async ValueTask<T> ToldAsync<T>(Func<ValueTask<T>> work)
    {
        try
        {
            return await work();
        }
        catch (StoreUnavailableException full) when (full.InnerException is PostgresException { SqlState: PostgresErrorCodes.DiskFull })
        {
            throw new BlobStoreFullException(full.Message, full);
        }
        catch (StoreUnavailableException unavailable)
        {
            throw new IOException(unavailable.Message, unavailable);
        }
    }

    private async ValueTask<Blob?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var found = await ToldAsync(() => database.ListAsync(new Call(BlobSql.Find, Parameters.Text(key)), row => new Blob(row.GetInt64(0), row.GetInt64(1)), cancellationToken));
        return found.Count > 0 ? found[0] : null;
    }

    /// <summary>The first text that is behind every key with this prefix: '0' comes after '/'. Empty for the empty prefix.</summary>
    private static string EndOf(string prefix) => prefix.Length == 0 ? "" : prefix[..^1] + "0";
}
