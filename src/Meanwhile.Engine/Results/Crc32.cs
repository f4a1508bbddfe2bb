using System.Buffers.Binary;

namespace Meanwhile.Results;

/// <summary>CRC-32 as in gzip (ISO 3309), eight bytes a step ("slicing by 8"): the shared framework has none.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int Slices = 8;
    private static readonly uint[] Table = MakeTable();

    /// <summary>The checksum of all bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> table = Table;
        var crc = uint.MaxValue;
        for (; bytes.Length >= Slices; bytes = bytes[Slices..])
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = table[(7 << 8) + (byte)low] ^ table[(6 << 8) + (byte)(low >> 8)] ^ table[(5 << 8) + (byte)(low >> 16)] ^ table[(4 << 8) + (int)(low >> 24)]
                ^ table[(3 << 8) + (byte)high] ^ table[(2 << 8) + (byte)(high >> 8)] ^ table[(1 << 8) + (byte)(high >> 16)] ^ table[(int)(high >> 24)];
        }

        foreach (var value in bytes) crc = (crc >> 8) ^ table[(byte)(crc ^ value)];
        return ~crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[Slices << 8];
        for (var value = 0u; value < 256; value++)
        {
            var crc = value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial;
            table[value] = crc;
        }

        for (var at = 256; at < table.Length; at++) table[at] = (table[at - 256] >> 8) ^ table[(byte)table[at - 256]];
        return table;
    }
}
