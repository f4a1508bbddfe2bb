using Meanwhile.Jobs;
using Meanwhile.Postgres.Store;
using Meanwhile.Problems;
using Meanwhile.Stores;
using Meanwhile.Testing.Postgres;
using Meanwhile.Testing.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Store.Faults;

/// <summary>The database has no room left.</summary>
public sealed class FullDiskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_tablespace_refuses_submissions_as_unavailable_and_all_goes_on_once_there_is_room()
    {
        // Given a store whose tables lie on a small disk, and a node on it
        using var disk = SmallDisk.Mount(megabytes: 64);
        await using var cluster = await TemporaryCluster.StartAsync(cancellationToken: Token);
        await cluster.RunAsync("psql", ["-d", "postgres", "-c", $"create tablespace small location '{disk.Path}'", "-c", "create database small tablespace small"], Token);
        await using var node = await RealNode.StartAsync(cluster.ConnectionString("small"));
        List<JobId> acknowledged = [(await node.UntilRunAsync(RealNode.Echo())).Id];

        // When the disk is full
        disk.Fill(leavingMegabytes: 1);
        var refused = await node.UntilRefusedAsync(Big(), acknowledged);

        // Then submissions are refused, the log says why, and what the store says itself names what to do
        Assert.Equal((ProblemCodes.Unavailable, true), (refused.Code, refused.RetryAfter is not null));
        Assert.Contains("The database's disk is full: free some space.", node.Log, StringComparison.Ordinal);
        Assert.Equal(JobStatus.Succeeded, (await node.Jobs.GetAsync(acknowledged[0].ToString(), Token)).Status);

        // And with room all goes on, and nothing acknowledged is lost
        disk.Free();
        acknowledged.Add((await node.UntilRunAsync(Big())).Id);
        foreach (var id in acknowledged) Assert.Equal(JobStatus.Succeeded, (await node.EndedAsync(id)).Status);
    }

    [Fact]
    public async Task A_server_that_stops_because_its_log_has_no_room_loses_nothing_acknowledged()
    {
        // Given a cluster that lies on a small disk as a whole
        using var disk = SmallDisk.Mount(megabytes: 192);
        await using var cluster = await TemporaryCluster.StartInAsync(disk.Path, ["min_wal_size = 32MB", "max_wal_size = 64MB"], Token);
        await using var node = await RealNode.StartAsync(cluster.ConnectionString());
        List<JobId> acknowledged = [(await node.UntilRunAsync(RealNode.Echo())).Id];

        // When the disk is full, so that the server can write neither tables nor its log
        disk.Fill(leavingMegabytes: 2);
        var refused = await node.UntilRefusedAsync(Big(), acknowledged);
        Assert.Equal((ProblemCodes.Unavailable, true), (refused.Code, refused.RetryAfter is not null));
        await cluster.StopAsync(ClusterStop.Immediate, Token);

        // Then with room it starts again, and all goes on
        disk.Free();
        await cluster.StartAgainAsync(Token);
        acknowledged.Add((await node.UntilRunAsync(Big())).Id);
        foreach (var id in acknowledged) Assert.Equal(JobStatus.Succeeded, (await node.EndedAsync(id)).Status);
    }

    [Fact]
    public async Task What_a_quota_of_the_server_says_is_told_too()
    {
        await using var cluster = await TemporaryCluster.StartAsync(cancellationToken: Token);
        await using var store = await PostgresStores.OpenAsync(cluster.ConnectionString());
        await using var connection = new NpgsqlConnection(cluster.ConnectionString());
        await connection.OpenAsync(Token);
        await using var trigger = new NpgsqlCommand("create function no_room() returns trigger language plpgsql as $$ begin raise exception using errcode = 'disk_full', message = 'the quota of this tenant is used up'; end $$; create trigger no_room before insert on meanwhile.job for each statement execute function no_room()", connection);
        await trigger.ExecuteNonQueryAsync(Token);
        var now = TimeProvider.System.GetUtcNow();
        var spec = new JobSpec { Id = new JobIdMaker(TimeProvider.System, Draws.Seeded(1)).Next(), Project = "p", SubmittedBy = "k", Tool = "t", CreatedAt = now, RunAt = now };

        var told = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Jobs.SubmitAsync([spec], Token));

        Assert.Contains("disk is full: free some space. the quota of this tenant is used up.", told.Message, StringComparison.Ordinal);
    }

    /// <summary>Some 40 KB of text that does not compress to nothing.</summary>
    private static Access.JobRequest Big() => RealNode.Echo(string.Concat(Enumerable.Range(0, 1_250).Select(_ => Guid.NewGuid().ToString("N"))));
}
