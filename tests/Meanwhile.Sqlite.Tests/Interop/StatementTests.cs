using System.Text;
using Meanwhile.Sqlite.Interop;
using SQLitePCL;

namespace Meanwhile.Sqlite.Tests.Interop;

public sealed class StatementTests : IDisposable
{
    private readonly Connection _connection = Connection.Open(":memory:", raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_MEMORY);

    public void Dispose() => _connection.Dispose();

    [Fact]
    public void Values_come_back_as_they_were_bound()
    {
        using var statement = _connection.Prepare("select ?, ?, ?, ?, ?, ?, ?");
        statement.Bind(1, long.MinValue);
        statement.Bind(2, -0.5);
        statement.Bind(3, "a\0ü");
        statement.BindBlob(4, [0, 255]);
        statement.BindNull(5);
        statement.Bind(6, "");
        statement.BindBlob(7, []);

        Assert.True(statement.Step());

        Assert.Equal(long.MinValue, statement.Int64(0));
        Assert.Equal(-0.5, statement.Double(1));
        Assert.Equal("a\0ü", statement.String(2));
        Assert.Equal([0, 255], statement.Bytes(3)!);
        Assert.Null(statement.NullableInt64(4));
        Assert.Equal(raw.SQLITE_TEXT, statement.Type(5));
        Assert.Equal(raw.SQLITE_BLOB, statement.Type(6));
        Assert.False(statement.Step());
    }

    [Fact]
    public void Long_text_is_bound_whole()
    {
        var text = new string('ü', 100_000);
        using var statement = _connection.Prepare("select ?1, length(?1)");
        statement.Bind(1, text);

        Assert.True(statement.Step());

        Assert.Equal(text, statement.String(0));
        Assert.Equal(text.Length, statement.Int64(1));
    }

    [Fact]
    public void A_script_is_prepared_one_statement_after_the_other()
    {
        var script = "select 1; /* between */ select 'ü'; -- end"u8;

        using var first = _connection.Prepare(script, out var consumed)!;
        using var second = _connection.Prepare(script[consumed..], out var consumedBySecond)!;
        var third = _connection.Prepare(script[(consumed + consumedBySecond)..], out _);

        Assert.True(first.Step());
        Assert.Equal(1, first.Int64(0));
        Assert.True(second.Step());
        Assert.Equal("ü", Encoding.UTF8.GetString(second.Text(0)));
        Assert.Null(third);
    }

    [Fact]
    public void A_mistake_is_reported_with_its_code_and_message()
    {
        var error = Assert.Throws<SqliteException>(() => _connection.Prepare("select * from nowhere"));

        Assert.Equal(raw.SQLITE_ERROR, error.Code);
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_constraint_that_is_broken_is_reported_with_its_extended_code()
    {
        _connection.Execute("create table t (a integer primary key) strict; insert into t values (1)");

        var error = Assert.Throws<SqliteException>(() => _connection.Execute("insert into t values (1)"));

        Assert.Equal(raw.SQLITE_CONSTRAINT, error.Code);
        Assert.Equal(raw.SQLITE_CONSTRAINT_PRIMARYKEY, error.ExtendedCode);
    }

    [Fact]
    public async Task An_interrupt_from_another_thread_ends_a_statement()
    {
        using var statement = _connection.Prepare("with recursive n(i) as (select 1 union all select i + 1 from n) select sum(i) from n");
        var running = Task.Run(() => Assert.Throws<SqliteException>(() => statement.Step()));
        while (!running.IsCompleted)
        {
            _connection.Interrupt(); // one that comes before the first step does nothing
            await Task.Yield();
        }

        Assert.Equal(raw.SQLITE_INTERRUPT, (await running).Code);
    }

    [Fact]
    public void An_interrupt_after_the_closing_does_nothing()
    {
        _connection.Dispose();

        _connection.Interrupt();
    }
}
