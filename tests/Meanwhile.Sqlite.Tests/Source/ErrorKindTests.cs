using Meanwhile.Jobs;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Tests.Source;

/// <summary>What SQLite's codes and messages become: the kind decides what happens next, the code says what it was.</summary>
public sealed class ErrorKindTests : SourceTestBase
{
    [Theory]
    [InlineData("select * from nowhere", "no_such_table", null)]
    [InlineData("insert into nowhere values (1)", "no_such_table", null)]
    [InlineData("drop view nowhere", "no_such_view", null)]
    [InlineData("select '日本', nowhere", "no_such_column", 14)]
    [InlineData("select x from t where t.nowhere = 1", "no_such_column", 23)]
    [InlineData("insert into t (x, nowhere) values (1, 2)", "no_such_column", null)]
    [InlineData("drop index nowhere", "no_such_index", null)]
    [InlineData("drop trigger nowhere", "no_such_trigger", null)]
    [InlineData("select nowhere(1)", "no_such_function", 8)]
    [InlineData("select x from t order by x collate nowhere", "no_such_collation", null)]
    [InlineData("create virtual table v using nowhere", "no_such_module", null)]
    [InlineData("create table nowhere.t (x)", "no_such_database", 14)]
    [InlineData("rollback to nowhere", "no_such_savepoint", null)]
    public async Task What_a_statement_names_and_is_not_there_is_not_found(string sql, string code, int? position)
    {
        await ResultsAsync("create table t (x)", readOnly: false);

        var error = await ErrorAsync(sql, readOnly: false);

        Assert.Equal((ErrorKind.NotFound, code, false, position), (error.Type, error.Code, error.Retryable, error.Position));
        Assert.StartsWith("SQLITE_ERROR", error.SourceCode, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("insert into t (id, u) values (2, 'a')", "SQLITE_CONSTRAINT_UNIQUE")]
    [InlineData("insert into t (id, u) values (1, 'b')", "SQLITE_CONSTRAINT_ROWID", "SQLITE_CONSTRAINT_PRIMARYKEY")]
    [InlineData("insert into t (u) values (null)", "SQLITE_CONSTRAINT_NOTNULL")]
    [InlineData("update t set n = -1", "SQLITE_CONSTRAINT_CHECK")]
    [InlineData("pragma foreign_keys = on; insert into t (u, parent) values ('c', 9)", "SQLITE_CONSTRAINT_FOREIGNKEY")]
    [InlineData("delete from t", "SQLITE_CONSTRAINT_TRIGGER")]
    public async Task A_broken_constraint_is_named_and_is_not_tried_again(string sql, params string[] sourceCodes)
    {
        await ResultsAsync(
            """
            create table t (id integer primary key, u text not null unique, n integer check (n > 0), parent integer references t (id));
            insert into t (id, u, n) values (1, 'a', 1);
            create trigger keep before delete on t begin select raise(abort, 'no such table: rows are kept'); end
            """,
            readOnly: false);

        var error = await ErrorAsync(sql, readOnly: false);

        Assert.Equal((ErrorKind.Syntax, "constraint", false), (error.Type, error.Code, error.Retryable));
        Assert.Contains(error.SourceCode, sourceCodes);
    }

    [Fact]
    public async Task A_value_of_the_wrong_type_is_a_mismatch()
    {
        var error = await ErrorAsync("create table t (id integer primary key); insert into t values ('x')", readOnly: false);

        Assert.Equal((ErrorKind.Syntax, "datatype_mismatch", "SQLITE_MISMATCH"), (error.Type, error.Code, error.SourceCode));
    }

    [Theory]
    [InlineData(1555, "SQLITE_CONSTRAINT_PRIMARYKEY")]
    [InlineData(516, "SQLITE_ABORT_ROLLBACK")]
    [InlineData(8714, "SQLITE_IOERR_IN_PAGE")]
    [InlineData(1288, "SQLITE_READONLY_CANTINIT")]
    [InlineData(5 | (99 << 8), "SQLITE_BUSY (25349)")]
    [InlineData(99, "99")]
    public void A_code_has_the_name_that_its_documentation_has(int code, string name) => Assert.Equal(name, ResultNames.Of(code));
}
