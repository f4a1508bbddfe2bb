using System.Globalization;
using Meanwhile.Contracts;
using Meanwhile.Results;

namespace Meanwhile.Client;

/// <summary>Reads what the headers say of a stored partition.</summary>
internal static class PartitionReading
{
    /// <summary>The partition; where it lies in its object is the server's business.</summary>
    public static StoredPartition Of(HttpResponseMessage response, Stream content) => new(
        content,
        response.Content.Headers.ContentEncoding.Contains("gzip") ? ResultEncoding.Gzip : ResultEncoding.Identity,
        new ResultPartition
        {
            Offset = 0,
            Length = (int)(response.Content.Headers.ContentLength ?? 0),
            DecodedLength = int.Parse(Header(response, HeaderNames.DecodedLength), CultureInfo.InvariantCulture),
            FirstRow = long.Parse(Header(response, HeaderNames.FirstRow), CultureInfo.InvariantCulture),
            Rows = int.Parse(Header(response, HeaderNames.Rows), CultureInfo.InvariantCulture),
            Checksum = uint.Parse(Header(response, HeaderNames.Checksum), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
        });

    private static string Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.First() : "0";
}
