using Meanwhile.Registry;
using Xunit;

namespace Meanwhile.Testing.Stores;

/// <summary>What <see cref="IAuditLog"/> promises.</summary>
public abstract class AuditLogConformance : StoreConformance
{
    [Fact]
    public async Task Entries_are_read_newest_first_with_the_submissions_of_jobs_among_them()
    {
        var first = Entry("source.create", """{"type":"sqlite"}""");
        await Store.Audit.AppendAsync([first], Token);
        var job = await SubmitAsync(Spec() with { Source = "s" });
        var plain = await SubmitAsync();
        var last = Entry("key.revoke");
        await Store.Audit.AppendAsync([last], Token);

        var entries = await ReadAsync("p");

        AuditEntry submission = new(job.Id.Value, Now, "p", "k1", "job.submit", job.Id.ToString(), """{"tool":"t","source":"s"}""");
        Assert.Equal([last, submission with { Id = plain.Id.Value, Subject = plain.Id.ToString(), Detail = """{"tool":"t"}""" }, submission, first], entries);
    }

    [Fact]
    public async Task A_project_sees_its_own_entries_and_null_sees_all()
    {
        var (own, other, instance) = (Entry("a.b"), Entry("a.b") with { Project = "q" }, Entry("a.b") with { Project = "" });
        await Store.Audit.AppendAsync([own, other, instance], Token);
        var job = await SubmitAsync(Spec() with { Project = "q" });

        Assert.Equal([own], await ReadAsync("p"));
        Assert.Equal([job.Id.Value, other.Id], (await ReadAsync("q")).Select(entry => entry.Id));
        Assert.Equal([instance], await ReadAsync(""));
        Assert.Equal(4, (await ReadAsync(null)).Count);
    }

    [Fact]
    public async Task Entries_can_be_read_by_action_and_page_by_page()
    {
        var entries = Enumerable.Range(0, 5).Select(i => Entry(i % 2 == 0 ? "a.b" : "c.d")).ToList();
        await Store.Audit.AppendAsync(entries, Token);
        var job = await SubmitAsync();

        Assert.Equal([entries[3], entries[1]], await ReadAsync("p", action: "c.d"));
        Assert.Equal([job.Id.Value], (await ReadAsync("p", action: "job.submit")).Select(entry => entry.Id));
        var page = await ReadAsync("p", limit: 3);
        Assert.Equal([job.Id.Value, entries[4].Id, entries[3].Id], page.Select(entry => entry.Id));
        Assert.Equal([entries[2], entries[1], entries[0]], await ReadAsync("p", page[^1].Id));
    }

    private AuditEntry Entry(string action, string? detail = null) => new(NewId().Value, Now, "p", "k1", action, "subject", detail);

    private ValueTask<IReadOnlyList<AuditEntry>> ReadAsync(string? project, Guid? before = null, string? action = null, int limit = 100) =>
        Store.Audit.ReadAsync(project, before, action, limit, Token);
}
