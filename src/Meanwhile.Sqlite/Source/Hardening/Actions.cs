namespace Meanwhile.Sqlite.Source.Hardening;

/// <summary>The authorizer's action codes. See https://sqlite.org/c3ref/c_alter_table.html.</summary>
internal static class Actions
{
    public const int CreateIndex = 1; // to DropView (17) the codes are of schema changes, but for Delete
    public const int Delete = 9;
    public const int DropView = 17;
    public const int Insert = 18;
    public const int Pragma = 19;
    public const int Read = 20;
    public const int Select = 21;
    public const int Transaction = 22;
    public const int Update = 23;
    public const int Attach = 24;
    public const int Detach = 25;
    public const int AlterTable = 26;
    public const int Reindex = 27;
    public const int Analyze = 28;
    public const int CreateVirtualTable = 29;
    public const int DropVirtualTable = 30;
    public const int Function = 31;
    public const int Savepoint = 32;
    public const int Recursive = 33;

    /// <summary>Whether rows are changed.</summary>
    public static bool IsRowChange(int action) => action is Insert or Update or Delete;

    /// <summary>Whether the schema, or what is kept about it, is changed.</summary>
    public static bool IsSchemaChange(int action) =>
        action is (>= CreateIndex and <= DropView and not Delete) or AlterTable or Reindex or Analyze or CreateVirtualTable or DropVirtualTable;

    /// <summary>Whether anything is changed.</summary>
    public static bool IsWrite(int action) => IsRowChange(action) || IsSchemaChange(action);
}
