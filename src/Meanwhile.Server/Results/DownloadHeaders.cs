using System.Globalization;
using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Server.Operations;
using Microsoft.AspNetCore.Http;

namespace Meanwhile.Server.Results;

/// <summary>Says in headers what a page says in its body: whether the result is whole, how many rows it has, and until when.</summary>
internal static class DownloadHeaders
{
    /// <summary>Sets the headers for a download; sets none when there is no result, which the reading itself then tells.</summary>
    public static async Task SetAsync(Exchange exchange, Job job, ResultRequest request)
    {
        if (job.Record.State is not { Expired: false, Result: { } manifest }) return;
        if (request.Cursor is not null)
        {
            var page = await exchange.Jobs.ReadResultAsync(exchange.Route("id"), request with { Limit = 1 }, exchange.Aborted); // only a reading knows the cursor's statement
            Set(exchange.Context.Response, page.RowCount, page.TruncatedBy, page.ExpiresAt);
            return;
        }

        var statement = request.Statement ?? manifest.DefaultStatement;
        if (statement < 0 || statement >= manifest.Statements.Count) return;
        var (rows, truncatedBy) = (manifest.Statements[statement].Rows, manifest.Statements[statement].TruncatedBy);
        Set(exchange.Context.Response, rows, truncatedBy, job.Record.State.ExpiresAt);
    }

    private static void Set(HttpResponse response, long rowCount, Truncation? truncatedBy, DateTimeOffset? expiresAt)
    {
        var headers = response.Headers;
        headers[HeaderNames.Complete] = truncatedBy is null ? "true" : "false";
        if (truncatedBy is { } truncation) headers[HeaderNames.TruncatedBy] = ResultMapping.Word(truncation);
        headers[HeaderNames.RowCount] = rowCount.ToString(CultureInfo.InvariantCulture);
        if (expiresAt is { } at) headers[HeaderNames.ExpiresAt] = Timestamps.Format(at);
    }
}
