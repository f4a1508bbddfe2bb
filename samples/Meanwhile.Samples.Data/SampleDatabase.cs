using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Meanwhile.Samples.Data;

/// <summary>How a file's cells become values.</summary>
public enum CellForm
{
    /// <summary>Numbers are numbers, and an empty cell is NULL.</summary>
    Typed,

    /// <summary>Every cell is text, and an empty cell is the empty string.</summary>
    AllText,
}

/// <summary>Makes a SQLite database of the sample files.</summary>
public static class SampleDatabase
{
    /// <summary>Makes the database beside its place and moves it there when it is whole, so that a half-made one is never used.</summary>
    public static void Create(string path, CellForm form)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var unfinished = path + ".new";
        File.Delete(unfinished);
        using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = unfinished, Pooling = false }.ToString()))
        {
            connection.Open();
            foreach (var table in SampleTable.All) Load(connection, table, form);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    private static void Load(SqliteConnection connection, SampleTable table, CellForm form)
    {
        using var transaction = connection.BeginTransaction();
        using var insert = connection.CreateCommand();
        string[]? types = null;
        foreach (var cells in table.ReadCells())
        {
            if (types is null)
            {
                types = [.. cells.Select(column => form == CellForm.Typed ? table.TypeOf(column) : "TEXT")];
                CreateTable(connection, table.Name, cells, types);
                PrepareInsert(insert, table.Name, cells.Length);
                continue;
            }

            for (var i = 0; i < cells.Length; i++) insert.Parameters[i].Value = form == CellForm.Typed ? Typed(cells[i], types[i]) : cells[i];
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private static void CreateTable(SqliteConnection connection, string table, string[] columns, string[] types)
    {
        using var create = connection.CreateCommand();
        create.CommandText = $"create table {Quoted(table)} ({string.Join(", ", columns.Zip(types, (column, type) => $"{Quoted(column)} {type}"))})";
        create.ExecuteNonQuery();
    }

    private static void PrepareInsert(SqliteCommand insert, string table, int columnCount)
    {
        insert.CommandText = $"insert into {Quoted(table)} values ({string.Join(", ", Enumerable.Range(1, columnCount).Select(i => $"$c{i}"))})";
        for (var i = 1; i <= columnCount; i++) insert.Parameters.Add(new SqliteParameter($"$c{i}", null));
    }

    private static object Typed(string cell, string type) => (cell, type) switch
    {
        ("", _) => DBNull.Value,
        (_, "INTEGER") => long.Parse(cell, CultureInfo.InvariantCulture),
        (_, "REAL") => double.Parse(cell, CultureInfo.InvariantCulture),
        _ => cell,
    };

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
