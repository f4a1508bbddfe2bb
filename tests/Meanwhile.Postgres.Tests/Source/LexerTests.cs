using Meanwhile.Postgres.Source.Text;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class LexerTests
{
    [Theory]
    [InlineData("select 1; select 2;", "select 1", "select 2")]
    [InlineData("select ';'; select \"a;b\"", "select ';'", "select \"a;b\"")]
    [InlineData("select 'it''s;'; x", "select 'it''s;'", "x")]
    [InlineData("select '\\'; x", "select '\\'", "x")] // a backslash is a character
    [InlineData("select E'\\';'; x", "select E'\\';'", "x")] // and here it is not
    [InlineData("select E'a'\n  '\\';'; x", "select E'a'\n  '\\';'", "x")] // nor in what continues it on the next line
    [InlineData("select E'a' -- c\n '\\';'; x", "select E'a' -- c\n '\\';'", "x")]
    [InlineData("select E'a' '\\'; x", "select E'a' '\\'", "x")] // on the same line nothing continues
    [InlineData("select U&'d\\0061;', B'1;', X';'; x", "select U&'d\\0061;', B'1;', X';'", "x")]
    [InlineData("select $$;$$, $a$;$$;$a$, $é1$;$é1$; x", "select $$;$$, $a$;$$;$a$, $é1$;$é1$", "x")]
    [InlineData("select a$$ ; x", "select a$$", "x")] // a dollar within a name quotes nothing
    [InlineData("select $1$;$1$; x", "select $1$", "$1$", "x")] // nor does one before a number
    [InlineData("select 1 -- ;\n; x", "select 1", "x")]
    [InlineData("select 1 /* ; /* ; */ ; */; x", "select 1", "x")]
    [InlineData("select 2*/* ; */3; x", "select 2*/* ; */3", "x")]
    [InlineData("create rule r as on insert to t do also (select 1; select 2); x", "create rule r as on insert to t do also (select 1; select 2)", "x")]
    [InlineData("create or replace function f() returns int begin atomic select case when 1=1 then 1 end; select 2; end; x", "create or replace function f() returns int begin atomic select case when 1=1 then 1 end; select 2; end", "x")]
    [InlineData("create table begin_end (begin int); x", "create table begin_end (begin int)", "x")]
    [InlineData("begin; end; x", "begin", "end", "x")]
    [InlineData("select '; never closed", "select '; never closed")]
    [InlineData("select /* never ; closed", "select")]
    public void A_text_is_split_where_the_server_would_split_it(string sql, params string[] statements) =>
        Assert.Equal(statements, Script.Read(sql, 1_000).Statements.Select(statement => sql[statement.Start..statement.End]));

    [Theory]
    [InlineData("select 1", "SELECT", "")]
    [InlineData("/* x */ (( WITH a as (select 1) table a))", "WITH", "A")]
    [InlineData("\"select\" 1", "", "")]
    public void A_statement_is_known_by_its_first_words(string sql, string first, string second)
    {
        var statement = Assert.Single(Script.Read(sql, 1_000).Statements);

        Assert.Equal((first, second), (statement.Verb, statement.Word(1)));
    }

    [Fact]
    public void A_text_that_is_too_long_is_refused() =>
        Assert.Equal("statement_too_long", Assert.Throws<Meanwhile.Postgres.Source.SourceException>(() => Script.Read("select 'é'", 10)).Error.Code);
}
