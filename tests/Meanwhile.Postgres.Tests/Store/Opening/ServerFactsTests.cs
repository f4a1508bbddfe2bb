using Meanwhile.Postgres.Store.Opening;
using Meanwhile.Stores;

namespace Meanwhile.Postgres.Tests.Store.Opening;

public sealed class ServerFactsTests
{
    private static readonly ServerFacts Good = new() { VersionNumber = 150_004, Version = "15.4", Role = "mw", Database = "jobs" };

    public static TheoryData<string, string> Refusals => new()
    {
        { "old", "PostgreSQL 14.9 is too old: 15 or newer is needed." },
        { "standby", "is a standby, which only reads" },
        { "encoding", "has the encoding SQL_ASCII; UTF8 is needed" },
        { "fsync", "fsync = off" },
        { "full_page_writes", "full_page_writes = off" },
        { "synchronous_commit", "alter role \"mw\" set synchronous_commit = on" },
        { "isolation", "alter role \"mw\" set default_transaction_isolation = 'read committed'" },
        { "read only", "alter role \"mw\" set default_transaction_read_only = off" },
        { "create", "grant create on database \"jobs\" to \"mw\"" },
        { "usage", "grant usage on schema meanwhile to \"mw\"" },
        { "create in schema", "grant create on schema meanwhile to \"mw\"" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_server_that_could_lose_work_or_can_not_do_what_is_needed_is_refused_with_what_to_change(string what, string sentence)
    {
        var refused = Assert.Throws<StoreUnusableException>(() => Facts(what).Check("meanwhile"));

        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("on")]
    [InlineData("local")]
    [InlineData("remote_apply")]
    public void A_good_server_is_accepted(string synchronousCommit) => (Good with { SynchronousCommit = synchronousCommit }).Check("meanwhile");

    private static ServerFacts Facts(string what) => what switch
    {
        "old" => Good with { VersionNumber = 140_009, Version = "14.9" },
        "standby" => Good with { IsStandby = true },
        "encoding" => Good with { Encoding = "SQL_ASCII" },
        "fsync" => Good with { Fsync = false },
        "full_page_writes" => Good with { FullPageWrites = false },
        "synchronous_commit" => Good with { SynchronousCommit = "off" },
        "isolation" => Good with { Isolation = "serializable" },
        "read only" => Good with { ReadsOnly = true },
        "create" => Good with { MayCreateSchema = false },
        "usage" => Good with { SchemaExists = true, MayUseSchema = false },
        "create in schema" => Good with { SchemaExists = true, MayCreateInSchema = false },
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, "Not a case."),
    };
}
