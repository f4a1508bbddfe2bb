using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Npgsql;

namespace Meanwhile.Postgres.Store.Connections;

/// <summary>Reads a row's columns one after the other.</summary>
internal ref struct Columns(NpgsqlDataReader row)
{
    private int _next;

    public short Short() => row.GetInt16(_next++);

    public int Int() => row.GetInt32(_next++);

    public long Long() => row.GetInt64(_next++);

    public bool Bool() => row.GetBoolean(_next++);

    public Guid Uuid() => row.GetGuid(_next++);

    public DateTimeOffset Time() => new(row.GetDateTime(_next++), TimeSpan.Zero);

    public string Text() => row.GetString(_next++);

    public short? NullableShort() => IsNull() ? null : Short();

    public long? NullableLong() => IsNull() ? null : Long();

    public double? NullableDouble() => IsNull() ? null : row.GetDouble(_next++);

    public Guid? NullableUuid() => IsNull() ? null : Uuid();

    public DateTimeOffset? NullableTime() => IsNull() ? null : Time();

    public string? NullableText() => IsNull() ? null : Text();

    public byte[]? NullableBytes() => IsNull() ? null : row.GetFieldValue<byte[]>(_next++);

    public TimeSpan? NullableSpan() => NullableLong() is { } microseconds ? TimeSpan.FromMicroseconds(microseconds) : null;

    public T? Json<T>(JsonTypeInfo<T> type)
        where T : class => NullableText() is { } text ? JsonSerializer.Deserialize(text, type) : null;

    /// <summary>Whether the next column is null; passes it when it is.</summary>
    private bool IsNull()
    {
        if (!row.IsDBNull(_next)) return false;
        _next++;
        return true;
    }
}
