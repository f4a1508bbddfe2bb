using System.Text.Json;
using System.Text.Json.Serialization;
using Meanwhile.Blobs;
using Meanwhile.Registry;
using Meanwhile.Stores;

namespace Meanwhile.Hosting;

/// <summary>What the store remembers of the directory of its results.</summary>
/// <param name="Token">The name of a file that lies in it.</param>
internal sealed record ResultsDirectoryDocument(string Token);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ResultsDirectoryDocument))]
internal sealed partial class ResultsPlaceJson : JsonSerializerContext;

/// <summary>Proves at each start that all nodes of a store keep results in one place: in the database, or in a directory that they all see.</summary>
/// <remarks>The first node leaves a file with a random name in the directory, and tells the store the name; every other must find that very file.</remarks>
internal sealed class ResultsPlace(IRegistry registry, IBlobStore inDatabase)
{
    private const int TokenLength = 16;
    private static readonly DocumentKey Key = new("results_directory", "", "default");

    /// <summary>Checks.</summary>
    /// <param name="directory">Where this node is to keep results; null = in the database.</param>
    /// <exception cref="StoreUnusableException">Others keep them elsewhere.</exception>
    public async ValueTask CheckAsync(string? directory, Action<Span<byte>> draw, CancellationToken cancellationToken)
    {
        var known = await registry.GetAsync(Key, cancellationToken);
        if (directory is null)
        {
            if (known is not null) throw new StoreUnusableException("The results of this store are in a directory that its servers share: name it with --results DIR.");
            return;
        }

        known ??= await DeclareAsync(directory, draw, cancellationToken);
        var token = JsonSerializer.Deserialize(known.Json, ResultsPlaceJson.Default.ResultsDirectoryDocument)!.Token;
        if (File.Exists(FileOf(directory, token))) return;
        throw new StoreUnusableException($"{directory} is not the directory where the other servers of this store keep results: the file {Path.GetFileName(FileOf(directory, token))}, which the first of them left there, is not in it. Name that directory, or mount it here.");
    }

    private async ValueTask<Document> DeclareAsync(string directory, Action<Span<byte>> draw, CancellationToken cancellationToken)
    {
        await foreach (var _ in inDatabase.ListAsync("", cancellationToken))
        {
            throw new StoreUnusableException($"Results of this store are in the database, so they can't be in {directory} from now on: leave --results out.");
        }

        var random = new byte[TokenLength];
        draw(random);
        var token = Convert.ToHexStringLower(random);
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(FileOf(directory, token), "The servers of one store know by this file that they share this directory. Leave it here.\n", cancellationToken); // before others can hear of it
        var json = JsonSerializer.Serialize(new ResultsDirectoryDocument(token), ResultsPlaceJson.Default.ResultsDirectoryDocument);
        if (await registry.PutAsync(Key, json, 0, cancellationToken) is { } declared) return declared;
        File.Delete(FileOf(directory, token)); // another node was quicker
        return (await registry.GetAsync(Key, cancellationToken))!;
    }

    private static string FileOf(string directory, string token) => Path.Combine(directory, $"shared-{token}");
}
