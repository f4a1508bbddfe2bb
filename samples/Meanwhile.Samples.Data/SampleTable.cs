using System.IO.Compression;

namespace Meanwhile.Samples.Data;

/// <summary>A file of samples/data: its columns as the header names them, and which of them hold numbers.</summary>
public sealed record SampleTable(string Name, IReadOnlyList<string> Integers, IReadOnlyList<string> Reals)
{
    /// <summary>The tables, each named as its file.</summary>
    public static IReadOnlyList<SampleTable> All { get; } =
    [
        new("flights", ["delay", "distance"], []),
        new("airports", [], ["latitude", "longitude"]),
        new("birdstrikes", ["Cost Other", "Cost Repair", "Cost Total $", "Speed IAS in knots"], []),
    ];

    /// <summary>The header line's cells, then each row's, as the file has them.</summary>
    public IEnumerable<string[]> ReadCells()
    {
        using var file = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "data", $"{Name}.csv.gz")), CompressionMode.Decompress);
        using var reader = new StreamReader(file);
        foreach (var cells in CsvCells.Read(reader)) yield return [.. cells.Select(cell => cell ?? "")];
    }

    /// <summary>The SQLite type of a column.</summary>
    public string TypeOf(string column) => Integers.Contains(column) ? "INTEGER" : Reals.Contains(column) ? "REAL" : "TEXT";
}
