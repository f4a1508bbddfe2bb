using System.Buffers;
using System.Text;
using Meanwhile.Results;

namespace Meanwhile.Postgres.Source.Values;

/// <summary>Reads the CSV that COPY writes, record by record: an empty cell without quotes is NULL, <c>""</c> the empty string.</summary>
/// <param name="cellCharsMax">Of a longer cell only the beginning is kept.</param>
internal sealed class CsvReader(TextReader text, int cellCharsMax)
{
    private readonly char[] _buffer = new char[32 * 1024];
    private readonly StringBuilder _cell = new();
    private readonly ArrayBufferWriter<byte> _utf8 = new();
    private int _at;
    private int _count;

    /// <summary>The next record; null at the end.</summary>
    public async ValueTask<List<string?>?> ReadAsync(CancellationToken cancellationToken)
    {
        if (await PeekAsync(cancellationToken) < 0) return null;

        List<string?> record = [];
        while (true)
        {
            record.Add(await CellAsync(cancellationToken));
            var next = await TakeAsync(cancellationToken);
            if (next != ',') return record;
        }
    }

    /// <summary>Writes a cell.</summary>
    public void Write(string? cell, IResultWriter writer)
    {
        if (cell is null)
        {
            writer.Null();
            return;
        }

        _utf8.ResetWrittenCount();
        Encoding.UTF8.GetBytes(cell, _utf8);
        writer.Text(_utf8.WrittenSpan);
    }

    private async ValueTask<string?> CellAsync(CancellationToken cancellationToken)
    {
        _cell.Clear();
        if (await PeekAsync(cancellationToken) != '"')
        {
            while (await PeekAsync(cancellationToken) is >= 0 and not ',' and not '\n') Append(await TakeAsync(cancellationToken));
            return _cell.Length == 0 ? null : _cell.ToString();
        }

        await TakeAsync(cancellationToken);
        while (true)
        {
            var c = await TakeAsync(cancellationToken);
            if (c < 0) return _cell.ToString();
            if (c == '"')
            {
                if (await PeekAsync(cancellationToken) != '"') return _cell.ToString();
                await TakeAsync(cancellationToken);
            }

            Append(c);
        }
    }

    private void Append(int c)
    {
        if (_cell.Length < cellCharsMax) _cell.Append((char)c);
    }

    private ValueTask<int> PeekAsync(CancellationToken cancellationToken) => _at < _count ? new ValueTask<int>(_buffer[_at]) : FillAsync(cancellationToken);

    private async ValueTask<int> FillAsync(CancellationToken cancellationToken)
    {
        (_at, _count) = (0, await text.ReadAsync(_buffer, cancellationToken));
        return _count == 0 ? -1 : _buffer[0];
    }

    private async ValueTask<int> TakeAsync(CancellationToken cancellationToken)
    {
        var c = await PeekAsync(cancellationToken);
        if (c >= 0) _at++;
        return c;
    }
}
