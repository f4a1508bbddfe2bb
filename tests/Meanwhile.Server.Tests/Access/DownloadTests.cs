using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Meanwhile.Server.Tests.Hosting;

namespace Meanwhile.Server.Tests.Access;

public sealed class DownloadTests : IAsyncLifetime
{
    private const string ManyRows = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) select i, 'row ' || i as t from n";
    private RealInstance _instance = null!;

    public async ValueTask InitializeAsync()
    {
        _instance = await RealInstance.StartAsync(isFar: true);
        var path = Path.Combine(_instance.SourceFolder, "db.db");
        await File.WriteAllBytesAsync(path, []);
        using var made = await PostAsync("/v1/sources", $$"""{"name": "db", "type": "sqlite", "settings": {"path": "{{path}}"}, "options": {"max_cell_bytes": 100} }""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
    }

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    [Theory]
    [InlineData("ndjson")]
    [InlineData("csv")]
    public async Task A_result_of_several_partitions_comes_as_one_gzip_member(string format)
    {
        var (id, partitions) = await RunAsync(ManyRows);
        using var packed = await SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result?format={format}", "deflate, gzip, br, zstd");
        using var plain = await SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result?format={format}", "identity");
        var body = await packed.Content.ReadAsByteArrayAsync();
        var rows = await plain.Content.ReadAsByteArrayAsync();

        Assert.True(partitions > 1);
        Assert.Equal("gzip", packed.Content.Headers.ContentEncoding.Single());
        Assert.Empty(plain.Content.Headers.ContentEncoding);
        Assert.Equal(rows, FirstMember(body));
        Assert.Equal(rows.Length, BitConverter.ToInt32(body, body.Length - 4)); // the trailer's length is that of all rows, so there is no further member
    }

    [Fact]
    public async Task A_result_of_one_partition_goes_out_as_it_is_stored()
    {
        var (id, partitions) = await RunAsync("with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) select i, 'row ' || i as t from n");
        using var stored = await SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result/partitions/0");
        using var packed = await SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result?format=ndjson", "gzip");
        var body = await packed.Content.ReadAsByteArrayAsync();

        Assert.Equal(1, partitions);
        Assert.Equal(await stored.Content.ReadAsByteArrayAsync(), body);
        Assert.Equal(body.Length, packed.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("gzip;q=0.5", true)]
    [InlineData("*", true)]
    [InlineData("identity;q=0", true)]
    [InlineData("*;q=0, gzip", true)]
    [InlineData("br, identity;q=0.1, gzip;q=0.5", true)]
    [InlineData("gzip;q=0, *", false)]
    [InlineData("gzip;q=0.1, identity", false)]
    [InlineData("identity", false)]
    [InlineData("br", false)]
    [InlineData("", false)]
    public async Task What_the_caller_can_read_decides_the_encoding(string accepted, bool isPacked)
    {
        var (id, _) = await RunAsync("select 1 as a");
        foreach (var query in new[] { "", "?format=csv", "?format=ndjson" })
        {
            using var response = await SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result{query}", accepted);
            Assert.Equal(isPacked ? ["gzip"] : Array.Empty<string>(), response.Content.Headers.ContentEncoding);
        }
    }

    [Theory]
    [InlineData("?format=csv")]
    [InlineData("?format=ndjson")]
    [InlineData("?format=ndjson&statement=0&limit=1")]
    [InlineData("/partitions/0")]
    public async Task A_result_that_was_cut_says_so_in_every_download(string rest)
    {
        var (id, _) = await RunAsync("with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000) select printf('%.*c', case when i = 7 then 500 else 20 end, 'x') || i as t from n");
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
        {
            using var response = await SendAsync(method, $"/v1/jobs/{id}/result{rest}", "gzip");

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("false", Header(response, "X-Meanwhile-Complete"));
            Assert.Equal("cell", Header(response, "X-Meanwhile-Truncated-By"));
            Assert.Equal("3000", Header(response, "X-Meanwhile-Row-Count"));
            Assert.EndsWith("Z", Header(response, "X-Meanwhile-Expires-At"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_download_that_goes_on_from_a_cursor_says_what_its_statement_is()
    {
        var (id, _) = await RunAsync("with recursive n(i) as (select 1 union all select i + 1 from n where i < 30) select i from n");
        using var page = await SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result?limit=10");
        var cursor = (await page.JsonAsync()).Text("next_cursor");
        using var rest = await SendAsync(HttpMethod.Get, $"/v1/jobs/{id}/result?format=csv&cursor={cursor}");

        Assert.Equal("true", Header(rest, "X-Meanwhile-Complete"));
        Assert.Equal("30", Header(rest, "X-Meanwhile-Row-Count"));
        Assert.False(rest.Headers.Contains("X-Meanwhile-Truncated-By"));
        Assert.StartsWith("i\r\n11\r\n", await rest.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_can_be_got_answers_HEAD_without_the_body()
    {
        var (id, _) = await RunAsync("select 1 as a");
        foreach (var address in new[] { "/v1/jobs", $"/v1/jobs/{id}", $"/v1/jobs/{id}/result", $"/v1/jobs/{id}/result?format=csv", "/healthz/live", "/healthz/ready", "/openapi/v1.json" })
        {
            using var response = await SendAsync(HttpMethod.Head, address);

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task A_malformed_id_among_others_is_refused_by_itself_and_the_others_are_cancelled()
    {
        using var submitted = await PostAsync("/v1/queries", """{"source":"db","sql":"select 1","delay_seconds":3600}""");
        var id = (await submitted.JsonAsync()).Text("job_id");
        using var response = await PostAsync("/v1/jobs/cancel", $$"""{"job_ids":["no-id","{{id}}"]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var items = (await response.JsonAsync()).GetProperty("items").EnumerateArray().ToArray();
        Assert.Contains("'no-id'", items[0].GetProperty("problem").Text("detail"), StringComparison.Ordinal);
        Assert.Equal("canceled", items[1].GetProperty("job").Text("status"));
    }

    [Fact]
    public async Task Events_are_chosen_by_kind_repeated_or_joined_by_commas()
    {
        await RunAsync("select 1 as a");
        using var repeated = await SendAsync(HttpMethod.Get, "/v1/events?kind=job.submitted&kind=job.succeeded");
        using var joined = await SendAsync(HttpMethod.Get, "/v1/events?kind=job.succeeded,job.failed");
        using var unknown = await SendAsync(HttpMethod.Get, "/v1/events?kind=job.exploded");
        using var former = await SendAsync(HttpMethod.Get, "/v1/events?kinds=job.succeeded");

        Assert.Equal(["job.succeeded"], (await joined.JsonAsync()).GetProperty("items").EnumerateArray().Select(item => item.Text("kind")));
        Assert.Contains("job.succeeded", (await repeated.JsonAsync()).GetProperty("items").EnumerateArray().Select(item => item.Text("kind")));
        Assert.Equal(["kind"], (await unknown.ProblemAsync(400, "invalid_request")).Fields());
        Assert.Equal(["kinds"], (await former.ProblemAsync(400, "invalid_request")).Fields());
    }

    private static byte[] FirstMember(byte[] body)
    {
        const int HeaderLength = 10; // as GZipStream writes it: no name, no comment
        using var decoded = new MemoryStream();
        using var deflate = new DeflateStream(new MemoryStream(body, HeaderLength, body.Length - HeaderLength), CompressionMode.Decompress);
        deflate.CopyTo(decoded);
        return decoded.ToArray();
    }

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    private async Task<(string Id, int Partitions)> RunAsync(string sql)
    {
        using var response = await PostAsync("/v1/queries", $$"""{"source": "db", "wait_seconds": 60, "sql": "{{JsonEncodedText.Encode(sql)}}"}""");
        var job = await response.JsonAsync();
        Assert.Equal("succeeded", job.Text("status"));
        return (job.Text("job_id")!, job.GetProperty("result").GetProperty("partitions").GetInt32());
    }

    private Task<HttpResponseMessage> PostAsync(string address, string json) => _instance.Server.SendAsync(HttpMethod.Post, address, json, _instance.AdminToken);

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, string? accepted = null) =>
        accepted is null ? _instance.Server.SendAsync(method, address, null, _instance.AdminToken) : _instance.Server.SendAsync(method, address, null, _instance.AdminToken, ("Accept-Encoding", accepted));
}
