namespace Meanwhile.Cli.Tables;

/// <summary>A cell of a table.</summary>
/// <param name="Text">What is shown: one line without control characters.</param>
/// <param name="IsNumber">Whether a column of such cells is aligned right.</param>
/// <param name="IsNull">Whether there is no value, which is something else than an empty text.</param>
internal readonly record struct Cell(string Text, bool IsNumber = false, bool IsNull = false)
{
    /// <summary>A cell without a value. A text that reads NULL is shown in quotes, so that the two differ.</summary>
    public static Cell Null { get; } = new("NULL", IsNull: true);

    /// <summary>A text's cell.</summary>
    public static Cell Of(string? text) => text switch
    {
        null => Null,
        "NULL" => new Cell("'NULL'"),
        _ => new Cell(Printable.Of(text)),
    };

    /// <summary>A text's cell, blank where there is none: for our own tables, where nothing is empty by itself.</summary>
    public static Cell Blank(string? text) => new(Printable.Of(text ?? ""));

    /// <summary>A number's cell; blank where there is none.</summary>
    public static Cell Number(long? value) => new(value?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "", IsNumber: true);
}
