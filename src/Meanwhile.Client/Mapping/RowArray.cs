namespace Meanwhile.Client;

/// <summary>Makes one JSON array of NDJSON, in constant memory.</summary>
internal static class RowArray
{
    private const int BufferBytes = 64 * 1024;
    private const byte NewLine = (byte)'\n';

    /// <summary>Copies the lines of one stream as the elements of an array.</summary>
    public static async Task CopyAsync(Stream lines, Stream destination, CancellationToken cancellationToken)
    {
        await destination.WriteAsync("["u8.ToArray(), cancellationToken).ConfigureAwait(false);
        var buffer = new byte[BufferBytes];
        var output = new byte[BufferBytes * 2]; // at worst a comma before every byte
        var owesComma = false;
        for (int read; (read = await lines.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            var written = 0;
            foreach (var value in buffer.AsSpan(0, read))
            {
                if (value == NewLine)
                {
                    owesComma = true; // only written before a next row: after the last there is none
                    continue;
                }

                if (owesComma) output[written++] = (byte)',';
                owesComma = false;
                output[written++] = value;
            }

            await destination.WriteAsync(output.AsMemory(0, written), cancellationToken).ConfigureAwait(false);
        }

        await destination.WriteAsync("]"u8.ToArray(), cancellationToken).ConfigureAwait(false);
    }
}
