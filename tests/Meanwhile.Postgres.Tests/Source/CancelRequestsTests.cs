using System.Net.Sockets;
using Meanwhile.Postgres.Source.Runs;
using Meanwhile.Testing.Time;
using Npgsql;

namespace Meanwhile.Postgres.Tests.Source;

public sealed class CancelRequestsTests
{
    public static TheoryData<Exception> WhatIsOver => [new ObjectDisposedException("copy"), new NpgsqlException("gone"), new IOException("reset"), new SocketException((int)SocketError.ConnectionRefused)];

    [Theory]
    [MemberData(nameof(WhatIsOver), DisableDiscoveryEnumeration = true)]
    public async Task What_is_over_by_the_time_it_is_asked_for_does_not_fail_whoever_cancels(Exception thrown)
    {
        var clock = new ManualTimeProvider();
        using var stop = new CancellationTokenSource();
        var asked = 0;
        var requests = new CancelRequests(Cancel, clock, stop.Token);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, asked);

        await stop.CancelAsync();
        Assert.Equal(1, asked);
        clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(3, asked);

        await requests.DisposeAsync();
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(3, asked);

        void Cancel()
        {
            asked++;
            throw thrown;
        }
    }
}
