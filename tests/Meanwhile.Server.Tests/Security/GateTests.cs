using System.Net;
using Meanwhile.Problems;
using Meanwhile.Server.Security;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Tests.Security;

public sealed class GateTests
{
    [Theory]
    [InlineData("127.0.0.1", "http", false, true)]
    [InlineData("::1", "http", false, true)]
    [InlineData("10.0.0.1", "http", false, false)]
    [InlineData("10.0.0.1", "https", false, true)]
    [InlineData("10.0.0.1", "http", true, true)]
    public void Plain_HTTP_is_answered_on_loopback_only_unless_it_is_allowed(string local, string scheme, bool allowed, bool passes)
    {
        var gate = new Gate(new MeanwhileServerOptions { AllowPlainHttp = allowed });
        var context = new DefaultHttpContext { Request = { Scheme = scheme, Host = new HostString("localhost") }, Connection = { LocalIpAddress = IPAddress.Parse(local) } };

        var refusal = Record.Exception(() => gate.Check(context)) as ProblemException;

        Assert.Equal(passes ? null : ProblemCodes.Forbidden, refusal?.Problem.Code);
    }
}
