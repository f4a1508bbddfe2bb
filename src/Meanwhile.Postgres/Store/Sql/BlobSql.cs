namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements about blobs. A blob's length is what was flushed; chunks follow each other without a gap.</summary>
internal static class BlobSql
{
    /// <summary>Makes an empty blob. Parameters: $1 key. Answers its id; no row when there is one.</summary>
    public const string Create = "insert into meanwhile.blob (key) values ($1) on conflict (key) do nothing returning blob_id";

    /// <summary>Appends chunks and moves the length on. Parameters: $1 blob_id, $2 length before, $3 length after, $4 where each chunk begins, $5 chunks. No row when the blob is gone.</summary>
    public const string Append = // language=postgresql
        """
        with grown as (
            update meanwhile.blob set length = $3 where blob_id = $1 and length = $2 returning blob_id
        )
        insert into meanwhile.blob_chunk (blob_id, at, bytes)
        select grown.blob_id, chunk.at, chunk.bytes from grown cross join unnest($4::bigint[], $5::bytea[]) as chunk (at, bytes)
        returning at
        """;

    /// <summary>Parameters: $1 key.</summary>
    public const string Find = "select blob_id, length from meanwhile.blob where key = $1";

    /// <summary>The chunks that a range touches. Parameters: $1 blob_id, $2 from, $3 until, $4 limit.</summary>
    public const string Read = // language=postgresql
        """
        select at, bytes from meanwhile.blob_chunk
        where blob_id = $1 and at < $3
            and at >= coalesce((select at from meanwhile.blob_chunk where blob_id = $1 and at <= $2 order by at desc limit 1), 0)
        order by at limit $4
        """;

    /// <summary>The first key after one, below a prefix. Parameters: $1 after, $2 the end of the prefix's keys.</summary>
    public const string NextKey = "select key from meanwhile.blob where key > $1 and ($2 = '' or key < $2) order by key limit 1";

    /// <summary>Parameters: $1 key.</summary>
    public const string Delete = "delete from meanwhile.blob where key = $1";

    /// <summary>Deletes blobs below a prefix. Parameters: $1 prefix, $2 the end of its keys, $3 limit. Answers their ids.</summary>
    public const string DeleteBelow = // language=postgresql
        """
        delete from meanwhile.blob
        where blob_id in (select blob_id from meanwhile.blob where key >= $1 and ($2 = '' or key < $2) order by key limit $3)
        returning blob_id
        """;
}
