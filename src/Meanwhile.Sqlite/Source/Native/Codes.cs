namespace Meanwhile.Sqlite.Source.Native;

/// <summary>SQLite's result codes that we tell apart. See https://sqlite.org/rescode.html.</summary>
internal static class ResultCode
{
    public const int Ok = 0;
    public const int Error = 1;
    public const int Internal = 2;
    public const int Perm = 3;
    public const int Abort = 4;
    public const int Busy = 5;
    public const int Locked = 6;
    public const int NoMem = 7;
    public const int ReadOnly = 8;
    public const int Interrupt = 9;
    public const int IoErr = 10;
    public const int Corrupt = 11;
    public const int Full = 13;
    public const int CantOpen = 14;
    public const int Protocol = 15;
    public const int Schema = 17;
    public const int TooBig = 18;
    public const int Constraint = 19;
    public const int Mismatch = 20;
    public const int Misuse = 21;
    public const int NoLargeFiles = 22;
    public const int Auth = 23;
    public const int Range = 25;
    public const int NotADatabase = 26;
    public const int Row = 100;
    public const int Done = 101;
    public const int MissingCollation = Error | (1 << 8);
    public const int IoErrNoMem = IoErr | (12 << 8);

    /// <summary>The code without its extension.</summary>
    public static int Primary(int code) => code & 0xff;
}

/// <summary>SQLite's types of a value. See https://sqlite.org/c3ref/c_blob.html.</summary>
internal static class ValueKind
{
    public const int Integer = 1;
    public const int Float = 2;
    public const int Text = 3;
    public const int Blob = 4;
    public const int Null = 5;
}

/// <summary>SQLITE_OPEN_*. URIs are never on: <c>file:</c> would smuggle in options and other files.</summary>
internal static class OpenFlags
{
    public const int ReadOnly = 0x1;
    public const int ReadWrite = 0x2;
    public const int Create = 0x4;
    public const int NoMutex = 0x8000;
    public const int NoFollow = 0x01000000;
}

/// <summary>SQLITE_LIMIT_*. See https://sqlite.org/c3ref/c_limit_attached.html.</summary>
internal static class LimitKind
{
    public const int Length = 0;
    public const int SqlLength = 1;
    public const int Column = 2;
    public const int ExprDepth = 3;
    public const int CompoundSelect = 4;
    public const int VdbeOp = 5;
    public const int FunctionArg = 6;
    public const int Attached = 7;
    public const int LikePatternLength = 8;
    public const int VariableNumber = 9;
    public const int TriggerDepth = 10;
    public const int WorkerThreads = 11;
}
