using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Jobs;
using Meanwhile.Sqlite.Interop;

namespace Meanwhile.Sqlite.Store.Jobs;

/// <summary>Binds the store's own kinds of values.</summary>
internal static class RowStatements
{
    extension(Statement statement)
    {
        /// <summary>Binds an id as 16 big-endian bytes.</summary>
        public void Bind(int parameter, JobId id)
        {
            Span<byte> bytes = stackalloc byte[JobId.ByteLength];
            id.WriteTo(bytes);
            statement.BindBlob(parameter, bytes);
        }

        /// <summary>Binds a uuid as 16 big-endian bytes, or NULL.</summary>
        public void Bind(int parameter, Guid? uuid)
        {
            if (uuid is { } known) statement.Bind(parameter, new JobId(known));
            else statement.BindNull(parameter);
        }

        /// <summary>Binds a value as JSON, or NULL.</summary>
        public void BindJson<T>(int parameter, T? value, JsonTypeInfo<T> type)
            where T : class
        {
            if (value is null) statement.BindNull(parameter);
            else statement.BindText(parameter, JsonSerializer.SerializeToUtf8Bytes(value, type));
        }

        /// <summary>The id in a column.</summary>
        public JobId Id(int column) => JobId.FromBytes(statement.Blob(column));
    }
}
