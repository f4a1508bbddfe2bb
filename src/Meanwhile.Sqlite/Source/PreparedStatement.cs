using Meanwhile.Results;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source;

/// <summary>One prepared statement of a script.</summary>
internal sealed unsafe class PreparedStatement(nint handle) : IDisposable
{
    /// <summary>SQLite's own pointer.</summary>
    public nint Handle => handle;

    /// <summary>Whether it leaves the database as it is.</summary>
    public bool ReadOnly => SourceCalls.StatementReadOnly(handle) != 0;

    /// <summary>Runs to the next row or the end.</summary>
    public int Step() => NativeCalls.Step(handle);

    /// <summary>Ends the run where it is; what was written stays.</summary>
    public int Reset() => NativeCalls.Reset(handle);

    /// <summary>The columns of its rows, each with its declared type; empty when it has no rows.</summary>
    public ResultColumn[] Columns()
    {
        var columns = new ResultColumn[SourceCalls.ColumnCount(handle)];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = new ResultColumn { Name = Utf8.String(SourceCalls.ColumnName(handle, i)) ?? "", Type = Utf8.String(SourceCalls.ColumnDeclaredType(handle, i)) };
        }

        return columns;
    }

    /// <summary>Its parameters by SQLite's number, less one; null for one without a name.</summary>
    public string?[] ParameterNames()
    {
        var names = new string?[SourceCalls.ParameterCount(handle)];
        for (var i = 0; i < names.Length; i++) names[i] = Utf8.String(SourceCalls.ParameterName(handle, i + 1));
        return names;
    }

    /// <inheritdoc/>
    public void Dispose() => _ = SourceCalls.Finish(handle);
}
