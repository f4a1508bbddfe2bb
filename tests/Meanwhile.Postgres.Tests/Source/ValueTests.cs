using Meanwhile.Postgres.Tests.Clusters;
using Meanwhile.Results;
using Meanwhile.Sources;
using Meanwhile.Testing.Results;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class ValueTests(SharedCluster shared) : SourceTestBase(shared)
{
    private static readonly string ThousandDigits = string.Concat(Enumerable.Repeat("1234567890", 100));

    public static TheoryData<string, object?> Values => new()
    {
        { "true", true },
        { "null::int", null },
        { "(-32768)::smallint", -32768L },
        { "9223372036854775807", long.MaxValue },
        { "4294967295::oid", 4294967295L },
        { "'18446744073709551615'::xid8", new Digits("18446744073709551615") },
        { "1.50::numeric(10,2)", new Digits("1.50") },
        { $"{ThousandDigits}::numeric", new Digits(ThousandDigits) },
        { $"-0.{ThousandDigits}", new Digits($"-0.{ThousandDigits}") },
        { "'NaN'::numeric", double.NaN },
        { "'-Infinity'::numeric", double.NegativeInfinity },
        { "0.1::float8 + 0.2::float8", 0.30000000000000004 },
        { "0.1::float4", 0.1 },
        { "'NaN'::float8", double.NaN },
        { "'Infinity'::float4", double.PositiveInfinity },
        { "'1,234.50'::money", "$1,234.50" },
        { "'o''clock'", "o'clock" },
        { "'x'::varchar(20)", "x" },
        { "'ab'::char(4)", "ab  " },
        { "''", "" },
        { "'\U0001F600'", "\U0001F600" },
        { "timestamptz '2024-02-03 04:05:06.123456+02'", "2024-02-03T02:05:06.123456Z" },
        { "timestamptz 'infinity'", "infinity" },
        { "timestamptz '0044-03-15 12:00:00+00 BC'", "0044-03-15 12:00:00+00 BC" },
        { "timestamptz '20240-01-01 00:00:00+00'", "20240-01-01 00:00:00+00" },
        { "timestamp '2024-02-03 04:05:06'", "2024-02-03T04:05:06" },
        { "timestamp '-infinity'", "-infinity" },
        { "date '2024-02-03'", "2024-02-03" },
        { "date '0044-03-15 BC'", "0044-03-15 BC" },
        { "time '04:05:06.7'", "04:05:06.7" },
        { "timetz '04:05:06+02'", "04:05:06+02" },
        { "interval '1 year 2 months -3 days 04:05:06.7'", "P1Y2M-3DT4H5M6.7S" },
        { "uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
        { "json '{\"a\" : [1, 1.0, \"\\u0000\"]}'", new Digits("{\"a\" : [1, 1.0, \"\\u0000\"]}") },
        { "jsonb '{\"b\": null}'", new Digits("{\"b\": null}") },
        { "array[1, null, 3]", new Digits("[1,null,3]") },
        { "array[[1,2],[3,4]]", new Digits("[[1,2],[3,4]]") },
        { "'{}'::int[]", new Digits("[]") },
        { "'[0:1]={1,2}'::int[]", "[0:1]={1,2}" },
        { "array['a\"b\\c', 'NULL', null, '', 'd,e', '{f}', E'g\\nh']", new Digits("[\"a\\\"b\\\\c\",\"NULL\",null,\"\",\"d,e\",\"{f}\",\"g\\nh\"]") },
        { "array[true, false]", new Digits("[true,false]") },
        { "array['NaN'::numeric, 1.50]", new Digits("[{\"$float\":\"NaN\"},1.50]") },
        { "array['\\x00ff'::bytea]", new Digits("[{\"$bytes\":\"AP8=\"}]") },
        { "array[jsonb '{\"a\": 1}', jsonb '\"x\"']", new Digits("[{\"a\": 1},\"x\"]") },
        { "array[timestamptz '2024-01-01 00:00:00Z']", new Digits("[\"2024-01-01T00:00:00Z\"]") },
        { "array[box '(1,1),(0,0)', box '(2,2),(0,0)']", new Digits("[\"(1,1),(0,0)\",\"(2,2),(0,0)\"]") },
        { "'1 2'::int2vector", "1 2" },
        { "int4range(1, 5)", "[1,5)" },
        { "'{[1,3),[5,)}'::int4multirange", "{[1,3),[5,)}" },
        { "tstzrange('2024-01-01Z', null)", "[\"2024-01-01 00:00:00+00\",)" },
        { "row(1, 'a b', null)", "(1,\"a b\",)" },
        { "inet '10.1.2.3/8'", "10.1.2.3/8" },
        { "cidr '10.0.0.0/8'", "10.0.0.0/8" },
        { "macaddr '08:00:2b:01:02:03'", "08:00:2b:01:02:03" },
        { "to_tsvector('simple', 'a b a')", "'a':1,3 'b':2" },
        { "b'101'", "101" },
        { "'<a>b</a>'::xml", "<a>b</a>" },
        { "point(1, 2)", "(1,2)" },
        { "'1/2'::pg_lsn", "1/2" },
        { "pg_sleep(0)", null },
        { "'a'::name", "a" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Every_type_comes_unharmed(string expression, object? expected) => Assert.Equal(expected, await ValueAsync($"select {expression}"));

    [Fact]
    public async Task Bytes_come_as_bytes() => Assert.Equal(Enumerable.Range(0, 256).Select(number => (byte)number), (byte[])(await ValueAsync("select decode(string_agg(lpad(to_hex(i), 2, '0'), '' order by i), 'hex') from generate_series(0, 255) i"))!);

    [Fact]
    public async Task Types_of_the_database_itself_come_unharmed()
    {
        await Database.AsSuperuserAsync("create type mood as enum ('sad', 'o k'); create domain positive as int check (value > 0); create type pair as (a int, b text); create table kinds (m mood, ms mood[], p positive, ps positive[], c pair)");
        await Database.AsSuperuserAsync($"grant select on kinds to {Database.Reader}; insert into kinds values ('o k', array['sad', 'o k']::mood[], 5, array[1, 2]::positive[], row(1, 'x')::pair)");

        var statement = Assert.Single(await ResultsAsync("select * from kinds"));

        Assert.Equal(["mood", "mood[]", "positive", "positive[]", "pair"], statement.Columns.Select(column => column.Type));
        Assert.Equal(["o k", new Digits("[\"sad\",\"o k\"]"), 5L, new Digits("[1,2]"), "(1,x)"], Assert.Single(statement.Rows));
    }

    [Fact]
    public async Task Columns_tell_name_type_nullability_and_precision()
    {
        await Database.AsSuperuserAsync($"create table measured (a int primary key, b numeric(10,2), c varchar(20) not null, d timestamptz(3)); grant select on measured to {Database.Reader}");

        var columns = Assert.Single(await ResultsAsync("select a, b, c, d, a + 1 as e, b::numeric(5) as \"Größe\", 'x'::varchar(7) from measured")).Columns;

        Assert.Equal(
            [
                new ResultColumn { Name = "a", Type = "integer", Nullable = false },
                new ResultColumn { Name = "b", Type = "numeric(10,2)", Nullable = true, Precision = 10, Scale = 2 },
                new ResultColumn { Name = "c", Type = "character varying(20)", Nullable = false },
                new ResultColumn { Name = "d", Type = "timestamp(3) with time zone", Nullable = true },
                new ResultColumn { Name = "e", Type = "integer" },
                new ResultColumn { Name = "Größe", Type = "numeric(5,0)", Precision = 5, Scale = 0 },
                new ResultColumn { Name = "varchar", Type = "character varying(7)" },
            ],
            columns);
    }

    [Fact]
    public async Task A_column_that_refuses_null_is_not_said_to_be_without_where_its_row_may_be_absent()
    {
        await Database.AsSuperuserAsync($"create table present (a int primary key); grant select on present to {Database.Reader}");

        var statement = Assert.Single(await ResultsAsync("select present.a from generate_series(1, 1) i left join present on present.a = i"));

        Assert.Null(Assert.Single(statement.Columns).Nullable);
        Assert.Null(Assert.Single(Assert.Single(statement.Rows)));
    }

    [Fact]
    public async Task Forms_do_not_depend_on_what_a_text_role_or_database_sets()
    {
        await Database.AsSuperuserAsync($"alter role {Database.Reader} set datestyle = 'German'; alter role {Database.Reader} set bytea_output = 'escape'; alter database {Database.Name} set timezone = 'Asia/Tokyo'");

        Assert.Equal("2024-02-03T04:05:06Z", await ValueAsync("set datestyle = 'SQL'; set timezone = 'Asia/Tokyo'; set extra_float_digits = -10; select timestamptz '2024-02-03 04:05:06Z'"));
        Assert.Equal([0, 255], (byte[])(await ValueAsync("select '\\x00ff'::bytea"))!);
    }

    [Fact]
    public async Task Session_settings_of_the_definition_hold()
    {
        Assert.Equal("2024-02-03T13:05:06+09:00", await ValueAsync("select timestamptz '2024-02-03 04:05:06Z'", more: """, "session": {"timezone": "Asia/Tokyo"}"""));
        Assert.Equal("7MB", await ValueAsync("show work_mem", more: """, "session": {"work_mem": "7MB", "jit": false, "statement_timeout": 5000}"""));
    }

    [Theory]
    [InlineData("repeat('é', 5000)", "text")]
    [InlineData("repeat('7', 5000)::numeric", "numeric")]
    [InlineData("array_fill(1, array[5000])", "array")]
    [InlineData("json_build_object('a', repeat('x', 5000))", "json")]
    public async Task A_cell_that_is_too_big_reaches_the_writer_cut_to_little_more_than_it_keeps(string expression, string kind)
    {
        await using var source = Database.Create(options: new SourceOptions { CellBytesMax = 1_000 });
        var writer = new RecordingResultWriter();

        await RunAsync(source, $"select {expression}, 'after'", writer);

        var row = Assert.Single(Assert.Single(writer.Statements).Rows);
        Assert.True(row[0] is string or IllFormedText, kind);
        Assert.InRange(row[0] is string text ? System.Text.Encoding.UTF8.GetByteCount(text) : ((IllFormedText)row[0]!).Hex.Length / 2, 1_001, 1_016);
        Assert.Equal("after", row[1]);
    }

    [Fact]
    public async Task A_big_cell_comes_whole()
    {
        var text = Assert.IsType<string>(await ValueAsync("select repeat('0123456789', 1000000)"));
        Assert.Equal(10_000_000, text.Length);
        Assert.Equal(5_000_000, Assert.IsType<byte[]>(await ValueAsync("select decode(repeat('0f', 5000000), 'hex')")).Count(value => value == 0x0f));
    }
}
