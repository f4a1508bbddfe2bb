using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Meanwhile.EndToEnd.Tests.Running;

namespace Meanwhile.EndToEnd.Tests.Limits;

public sealed class DataDirectoryTests(SampleServer sample)
{
    private const int PageBytes = 4_096;
    private const int UserVersionOffset = 60; // https://sqlite.org/fileformat2.html#the_database_header

    [Fact]
    public async Task A_second_server_names_the_address_and_the_process_of_the_first_which_goes_on()
    {
        var second = await sample.RunAsync("serve", "--data", sample.Server.DataDirectory, "--url", "http://127.0.0.1:0");

        Assert.Equal(8, second.Code);
        Assert.Contains(sample.Server.Address.ToString().TrimEnd('/'), second.Error, StringComparison.Ordinal);
        Assert.Contains(sample.Server.Process.Id.ToString(CultureInfo.InvariantCulture), second.Error, StringComparison.Ordinal);
        (await sample.RunAsync("stats")).Succeeded();
    }

    [Theory]
    [InlineData("damaged", "no database at all", 0, PageBytes)]
    [InlineData("damaged", "its first page damaged", 100, PageBytes - 100)]
    [InlineData("damaged", "pages of tables damaged", PageBytes, 20 * PageBytes)]
    public async Task A_damaged_store_is_refused_and_left_as_it_is(string word, string how, int from, int count)
    {
        var refusal = await StartOnChangedStoreAsync(store => store.AsSpan(from, count).Fill(0x5A));

        Assert.True(refusal.Contains(word, StringComparison.Ordinal), $"{how}: {refusal}");
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        var refusal = await StartOnChangedStoreAsync(store => BinaryPrimitives.WriteInt32BigEndian(store.AsSpan(UserVersionOffset), 99));

        Assert.Contains("schema 99", refusal, StringComparison.Ordinal);
        Assert.Contains("left as it is", refusal, StringComparison.Ordinal);
    }

    /// <summary>Starts a server on a store that another one made and somebody has changed since.</summary>
    /// <returns>What it says when it refuses.</returns>
    private async Task<string> StartOnChangedStoreAsync(Action<byte[]> change)
    {
        await using var server = await ServerProcess.StartAsync();
        Assert.Equal(0, await server.TerminateAsync());
        var store = Path.Combine(server.DataDirectory, "meanwhile.db");
        var bytes = await File.ReadAllBytesAsync(store);
        change(bytes);
        await File.WriteAllBytesAsync(store, bytes);
        var before = FilesOf(server.DataDirectory);

        var end = await sample.RunAsync("serve", "--data", server.DataDirectory, "--url", "http://127.0.0.1:0");

        Assert.True(end.Code == 8, $"ended with {end.Code}\n{end.Error}");
        Assert.DoesNotContain("   at ", end.Error, StringComparison.Ordinal);
        Assert.Equal(before, FilesOf(server.DataDirectory));
        return end.Error;
    }

    /// <summary>Every file with a hash of what is in it.</summary>
    private static List<(string, string)> FilesOf(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => (file, Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))))),
    ];
}
