using System.Globalization;
using Meanwhile.Contracts;
using Meanwhile.Results;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Results;

/// <summary>Reading results.</summary>
internal static class ResultOperations
{
    private const int PageRowsMax = 10_000;
    private const string Ndjson = "application/x-ndjson";
    private const string Csv = "text/csv; charset=utf-8";

    private static readonly QueryParameter Statement = new("statement", "integer", "The statement of a script, from 0; default the last with columns.");

    /// <summary>Every operation.</summary>
    public static IEnumerable<Operation> All =>
    [
        new("GET", "/v1/jobs/{id}/result", "read_result", "Rows of a succeeded job: a page as JSON, or any number of them as NDJSON or CSV.", ReadAsync)
        {
            Query =
            [
                new("format", "string", "json (default), ndjson or csv; the last two stream, and without limit they are the whole result."),
                new("rows", "string", "arrays (default) or objects."),
                new("numbers", "string", "native (default), or string for readers whose numbers are doubles."),
                new("offset", "integer", "The first row, from 0."),
                new("limit", "integer", $"At most so many rows: up to {PageRowsMax} a JSON page, where 1,000 is the default."),
                new("cursor", "string", "Where an earlier page ended: its next_cursor."),
                Statement,
            ],
            Answers = [new(StatusCodes.Status200OK, "Rows.", ContractsJson.Wire.ResultPageResource, Ndjson, "text/csv")],
        },
        new("GET", "/v1/jobs/{id}/result/partitions/{n}", "read_partition", "A stored partition as it lies there: NDJSON, mostly gzip.", PartitionAsync)
        {
            Query = [Statement],
            Answers = [new(StatusCodes.Status200OK, "The bytes as stored.", null, Ndjson)],
        },
    ];

    private static Task ReadAsync(Exchange exchange)
    {
        var query = exchange.Query;
        var format = query.OneOf("format", "json", "ndjson", "csv");
        var request = new ResultRequest
        {
            Statement = query.Int("statement", 0, int.MaxValue),
            Offset = query.Long("offset", 0, long.MaxValue) ?? 0,
            Limit = query.Int("limit", 1, format == "json" ? PageRowsMax : int.MaxValue),
            Cursor = Paging.Cursor(query),
            Rows = query.OneOf("rows", "arrays", "objects") == "objects" ? RowShape.Objects : RowShape.Arrays,
            Numbers = query.OneOf("numbers", "native", "string") == "string" ? NumberShape.Strings : NumberShape.Native,
        };
        if (request.Cursor is not null && query.Text("offset") is not null) throw Refusals.Field("offset", "is given together with cursor; only one of them is accepted");
        return format switch
        {
            "json" => PageAsync(exchange, request),
            "ndjson" => DownloadAsync(exchange, request, ResultFormat.Ndjson, Ndjson),
            _ => DownloadAsync(exchange, request, ResultFormat.Csv, Csv),
        };
    }

    private static async Task PageAsync(Exchange exchange, ResultRequest request)
    {
        var job = await exchange.Jobs.GetAsync(exchange.Route("id"), exchange.Aborted);
        var page = await exchange.Jobs.ReadResultAsync(exchange.Route("id"), request, exchange.Aborted);
        await exchange.AnswerLongAsync(page.ToResource(job.Id), ContractsJson.Wire.ResultPageResource);
    }

    private static async Task DownloadAsync(Exchange exchange, ResultRequest request, ResultFormat format, string mediaType)
    {
        var (context, id) = (exchange.Context, exchange.Route("id"));
        var job = await exchange.Jobs.GetAsync(id, exchange.Aborted);
        await DownloadHeaders.SetAsync(exchange, job, request);
        context.Response.ContentType = mediaType;
        if (format is ResultFormat.Ndjson && AnswerWriter.AcceptsGzip(context.Request) && StoredWhole.StatementOf(job, request) is { } statement)
        {
            await using var stored = await exchange.Jobs.OpenPartitionAsync(id, statement, 0, exchange.Aborted);
            context.Response.Headers.Vary = "Accept-Encoding";
            context.Response.Headers.ContentEncoding = "gzip";
            context.Response.ContentLength = stored.Partition.Length;
            await stored.Content.CopyToAsync(context.Response.Body, exchange.Aborted);
            return;
        }

        // A HEAD of a result that is there is answered by its headers; one that is not there must still say why.
        if (HttpMethods.IsHead(context.Request.Method)) request = request with { Limit = 1 };
        await using var destination = AnswerWriter.Compressed(context);
        await exchange.Jobs.ExportResultAsync(id, request, format, destination, exchange.Aborted);
    }

    private static async Task PartitionAsync(Exchange exchange)
    {
        var partition = int.TryParse(exchange.Route("n"), NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            ? n
            : throw Refusals.Field("n", $"is '{Refusals.Short(exchange.Route("n"))}'; a partition's number, from 0, is accepted");
        var (id, statement) = (exchange.Route("id"), exchange.Query.Int("statement", 0, int.MaxValue));
        await using var stored = await exchange.Jobs.OpenPartitionAsync(id, statement, partition, exchange.Aborted);

        var response = exchange.Context.Response;
        await DownloadHeaders.SetAsync(exchange, await exchange.Jobs.GetAsync(id, exchange.Aborted), new ResultRequest { Statement = statement });
        response.ContentType = Ndjson;
        response.ContentLength = stored.Partition.Length;
        if (stored.Encoding is ResultEncoding.Gzip) response.Headers.ContentEncoding = "gzip";
        response.Headers[HeaderNames.Checksum] = stored.Partition.Checksum.ToString("x8", CultureInfo.InvariantCulture);
        response.Headers[HeaderNames.FirstRow] = stored.Partition.FirstRow.ToString(CultureInfo.InvariantCulture);
        response.Headers[HeaderNames.Rows] = stored.Partition.Rows.ToString(CultureInfo.InvariantCulture);
        response.Headers[HeaderNames.DecodedLength] = stored.Partition.DecodedLength.ToString(CultureInfo.InvariantCulture);
        await stored.Content.CopyToAsync(response.Body, exchange.Aborted);
    }
}
