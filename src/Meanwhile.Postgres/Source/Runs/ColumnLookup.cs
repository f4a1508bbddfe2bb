using System.Data;
using System.Globalization;
using Meanwhile.Postgres.Source.Parameters;
using Meanwhile.Postgres.Source.Sessions;
using Meanwhile.Postgres.Source.Text;
using Meanwhile.Postgres.Source.Values;
using Npgsql;

namespace Meanwhile.Postgres.Source.Runs;

/// <summary>The gate: has the server read a statement without running it, which proves that it is one, and finds out what its columns are.</summary>
internal static class ColumnLookup
{
    /// <summary>The columns of a statement; empty when it has none.</summary>
    /// <exception cref="PostgresException">It is no statement, or more than one.</exception>
    public static async Task<IReadOnlyList<Column>> OfAsync(Session session, BoundText text, StatementText statement)
    {
        var found = await DescribeAsync(session, text);
        if (found.Count == 0) return [];

        var known = await session.AskAsync(Sql.Columns, [Array(found.Select(column => column.Type)), Array(found.Select(column => column.Table)), Array(found.Select(column => (uint)column.Number))], CancellationToken.None);
        var mayMiss = MayMissRows(statement);
        return [.. found.Zip(known, (column, row) => Column.Of(column.Name, column.Type, NameOf(column, row), NullableOf(row, mayMiss), row[3] is { } element ? uint.Parse(element, CultureInfo.InvariantCulture) : null, row[4] is [var delimiter] ? delimiter : ','))];
    }

    /// <summary>Sends a statement through the gate alone.</summary>
    public static async Task PassAsync(Session session, string sql)
    {
        using var gate = RawBatch.Of(session.Connection, sql);
        await using var reader = await gate.ExecuteReaderAsync(CommandBehavior.SchemaOnly, CancellationToken.None);
    }

    private sealed record Described(string Name, string TypeName, uint Type, uint Table, int Number);

    private static async Task<List<Described>> DescribeAsync(Session session, BoundText text)
    {
        List<Described> found = [];
        using var gate = RawBatch.Of(session.Connection, text.Sql, text.Values);
        await using var reader = await gate.ExecuteReaderAsync(CommandBehavior.SchemaOnly, CancellationToken.None);
        if (reader.FieldCount == 0) return found;

        var schema = reader.GetColumnSchema();
        for (var i = 0; i < reader.FieldCount; i++)
        {
            found.Add(new Described(reader.GetName(i), reader.GetDataTypeName(i), reader.GetDataTypeOID(i), schema[i].TableOID, schema[i].ColumnAttributeNumber ?? 0));
        }

        return found;
    }

    /// <summary>The name from the table, which knows domains; else the driver's, which knows modifiers; else the catalog's.</summary>
    private static string NameOf(Described column, string?[] row) =>
        row[1] ?? (!column.TypeName.Contains('(') ? row[0]!
            : column.Type == Numeric && !column.TypeName.Contains(',') ? column.TypeName.Replace(")", ",0)", StringComparison.Ordinal)
            : column.TypeName.Replace(", ", ",", StringComparison.Ordinal));

    private const uint Numeric = 1700;

    private static bool? NullableOf(string?[] row, bool mayMiss) => row[2] switch
    {
        "f" => true,
        "t" when !mayMiss => false,
        _ => null,
    };

    /// <summary>Whether a row of a table may be absent where its columns are shown: then a column that refuses NULL gives one.</summary>
    private static bool MayMissRows(StatementText statement) => statement.FirstOf(["left", "right", "full", "rollup", "cube", "grouping"]) is not null;

    private static string Array(IEnumerable<uint> numbers) => $"{{{string.Join(',', numbers)}}}";
}
