using System.Buffers.Binary;
using Meanwhile.Jobs;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Sql;
using Meanwhile.Stores;
using SQLitePCL;

namespace Meanwhile.Sqlite.Store.Files;

/// <summary>Opens the store's file: refuses what is not ours untouched, and brings an older schema up to date.</summary>
internal static class StoreFile
{
    private const int HeaderLength = 100;
    private const int UserVersionOffset = 60; // https://sqlite.org/fileformat2.html#the_database_header
    private const int ApplicationIdOffset = 68;
    private const int WriterCacheKib = 32 * 1024;
    private const int ReaderCacheKib = 4 * 1024;

    // A checkpoint runs within a commit: at 8 MiB it stays below some 20 ms, and pages that many commits touched are written once.
    private const int CheckpointPages = 2_048;

    /// <summary>Checks the file without touching it.</summary>
    /// <exception cref="StoreUnusableException">It is no database, another program's, or of a newer schema.</exception>
    public static void Check(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length == 0) return;
        var header = new byte[HeaderLength];
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            if (stream.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength || !header.AsSpan().StartsWith("SQLite format 3\0"u8))
            {
                throw new StoreUnusableException($"{path} is damaged or not a store of Meanwhile: it does not begin as a database does. It was left as it is; restore it from a backup, or move it away.");
            }
        }

        if (BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(ApplicationIdOffset)) is not (0 or SchemaSql.ApplicationId))
        {
            throw new StoreUnusableException($"{path} is a database of another program. It was left as it is; give the server a data directory of its own.");
        }

        RefuseNewer(path, BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(UserVersionOffset)));
    }

    /// <summary>Opens the one connection that writes, on a file with the newest schema.</summary>
    /// <param name="draw">Fills a span with random bytes, for a new store's incarnation and key.</param>
    public static Connection OpenWriter(string path, Action<Span<byte>> draw)
    {
        HideFromOthers(path);
        var connection = Connection.Open(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        try
        {
            var version = KnownVersion(connection, path);
            // secure_delete: what expired is gone from the file too, not only from its tables
            connection.Execute($"{SchemaSql.PrepareFile}; pragma synchronous = full; pragma secure_delete = on; pragma cache_size = -{WriterCacheKib}; pragma temp_store = memory; pragma wal_autocheckpoint = {CheckpointPages}; pragma journal_size_limit = {64 << 20}");
            Migrate(connection, version, draw);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection that only reads.</summary>
    public static Connection OpenReader(string path)
    {
        var connection = Connection.Open(path, raw.SQLITE_OPEN_READWRITE); // a reader of a WAL writes its index
        connection.Execute($"pragma query_only = on; pragma cache_size = -{ReaderCacheKib}; pragma temp_store = memory");
        return connection;
    }

    /// <summary>A value of the store about itself.</summary>
    public static byte[] Meta(Connection connection, string key)
    {
        using var statement = connection.Prepare("select value from meta where key = ?1", persistent: false);
        statement.Bind(1, key);
        return statement.Step() ? statement.Bytes(0)! : throw new StoreUnusableException($"The store's file is damaged: it has no {key}. Restore it from a backup.");
    }

    /// <summary>The schema's number, of a database that is new or ours; 0 for a new one.</summary>
    private static int KnownVersion(Connection connection, string path)
    {
        var version = (int)Pragma(connection, "pragma user_version");
        RefuseNewer(path, version); // the write-ahead log of a server that was killed may say more than the header did
        if (version > 0 || Pragma(connection, "select count(*) from sqlite_schema") == 0) return version;
        throw new StoreUnusableException($"{path} is a database of another program. It was left as it is; give the server a data directory of its own.");
    }

    private static void Migrate(Connection connection, int version, Action<Span<byte>> draw)
    {
        if (version == SchemaSql.Migrations.Count) return;
        connection.Execute("begin immediate");
        if (version == 0) connection.Execute($"pragma application_id = {SchemaSql.ApplicationId}");
        foreach (var step in SchemaSql.Migrations.Skip(version)) connection.Execute(step);
        if (version == 0) WriteIdentity(connection, draw);
        connection.Execute($"pragma user_version = {SchemaSql.Migrations.Count}; commit");
    }

    private static void WriteIdentity(Connection connection, Action<Span<byte>> draw)
    {
        Span<byte> random = stackalloc byte[16 + ShortIds.KeyLength];
        draw(random);
        using var insert = connection.Prepare("insert into meta (key, value) values (?1, ?2)", persistent: false);
        insert.Bind(1, "incarnation");
        insert.BindBlob(2, random[..16]);
        insert.RunToEnd();
        insert.Bind(1, "short_id_key");
        insert.BindBlob(2, random[16..]);
        insert.RunToEnd();
    }

    /// <summary>SQLite gives the log and its index the mode of the database, so that is made first.</summary>
    private static void HideFromOthers(string path)
    {
        if (!File.Exists(path)) OwnerOnly.OpenFile(path, FileMode.CreateNew, FileAccess.Write).Dispose();
        foreach (var file in (string[])[path, path + "-wal", path + "-shm"]) OwnerOnly.Tighten(file);
    }

    private static long Pragma(Connection connection, string sql)
    {
        using var statement = connection.Prepare(sql, persistent: false);
        return Session.First(statement) ?? 0;
    }

    private static void RefuseNewer(string path, int version)
    {
        if (version <= SchemaSql.Migrations.Count) return;
        throw new StoreUnusableException(
            $"{path} has schema {version}; this version of Meanwhile knows schemas up to {SchemaSql.Migrations.Count}. It was left as it is; start the newer version again, or restore a backup from before.");
    }
}
