using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Store.Files;

namespace Meanwhile.Sqlite.Store.Jobs;

/// <summary>Reads a row's columns one after the other.</summary>
internal ref struct ColumnReader(Statement row)
{
    private int _next;

    public long Int64() => row.Int64(_next++);

    public long? NullableInt64() => row.NullableInt64(_next++);

    public bool Bool() => row.Int64(_next++) != 0;

    public double? Double()
    {
        var column = _next++;
        return row.IsNull(column) ? null : row.Double(column);
    }

    public string? String() => row.String(_next++);

    public byte[]? Bytes() => row.Bytes(_next++);

    public DateTimeOffset? Time() => Micros.Time(NullableInt64());

    public TimeSpan? Span() => Micros.Span(NullableInt64());

    public Guid? Guid()
    {
        var column = _next++;
        return row.IsNull(column) ? null : new Guid(row.Blob(column), bigEndian: true);
    }

    public T? Json<T>(JsonTypeInfo<T> type)
        where T : class
    {
        var column = _next++;
        return row.IsNull(column) ? null : JsonSerializer.Deserialize(row.Text(column), type);
    }
}
