using Npgsql;
using NpgsqlTypes;

namespace Meanwhile.Postgres.Store.Connections;

/// <summary>Makes the parameters of statements, each with its type, in the order of $1, $2, ...</summary>
internal static class Parameters
{
    public static NpgsqlParameter Uuid(Guid value) => new NpgsqlParameter<Guid> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Uuid };

    public static NpgsqlParameter Int(int value) => new NpgsqlParameter<int> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Integer };

    public static NpgsqlParameter Short(short value) => new NpgsqlParameter<short> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Smallint };

    public static NpgsqlParameter Long(long value) => new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    public static NpgsqlParameter Bool(bool value) => new NpgsqlParameter<bool> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Boolean };

    public static NpgsqlParameter Text(string? value) => Nullable(value, NpgsqlDbType.Text);

    public static NpgsqlParameter Bytes(byte[]? value) => Nullable(value, NpgsqlDbType.Bytea);

    public static NpgsqlParameter Bytes(ReadOnlyMemory<byte> value) => new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bytea };

    public static NpgsqlParameter Time(DateTimeOffset? value) => Nullable(value?.UtcDateTime, NpgsqlDbType.TimestampTz);

    public static NpgsqlParameter Uuids(Guid[] values) => Array(values, NpgsqlDbType.Uuid);

    public static NpgsqlParameter Ints(int[] values) => Array(values, NpgsqlDbType.Integer);

    public static NpgsqlParameter Longs(long[] values) => Array(values, NpgsqlDbType.Bigint);

    public static NpgsqlParameter Shorts(short[] values) => Array(values, NpgsqlDbType.Smallint);

    public static NpgsqlParameter Bools(bool[] values) => Array(values, NpgsqlDbType.Boolean);

    public static NpgsqlParameter Texts(string[] values) => Array(values, NpgsqlDbType.Text);

    public static NpgsqlParameter Times(DateTimeOffset[] values) => Array(System.Array.ConvertAll(values, value => value.UtcDateTime), NpgsqlDbType.TimestampTz);

    /// <summary>An array with gaps; null as a whole when it has nothing but gaps.</summary>
    public static NpgsqlParameter Sparse<T>(T?[] values, NpgsqlDbType type)
        where T : struct => Nullable(System.Array.Exists(values, value => value is not null) ? values : null, NpgsqlDbType.Array | type);

    /// <inheritdoc cref="Sparse{T}(T?[], NpgsqlDbType)"/>
    public static NpgsqlParameter Sparse<T>(T?[] values, NpgsqlDbType type)
        where T : class => Nullable(System.Array.Exists(values, value => value is not null) ? values : null, NpgsqlDbType.Array | type);

    private static NpgsqlParameter<T[]> Array<T>(T[] values, NpgsqlDbType type) => new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };

    private static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
