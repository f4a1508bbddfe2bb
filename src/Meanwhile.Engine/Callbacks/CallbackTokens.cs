using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Meanwhile.Jobs;
using Meanwhile.Registry;

namespace Meanwhile.Callbacks;

/// <summary>Makes and reads the tokens by which endpoints answer: each names a call of a job, and nobody can make one without the store's key.</summary>
internal sealed class CallbackTokens(RegistryCache registry, Action<Span<byte>> draw)
{
    private const int KeyLength = 32;
    private const int NameLength = JobId.ByteLength + sizeof(int);
    private const int MacLength = 24; // 192 bits
    private static readonly DocumentKey KeyName = new(DocumentKinds.Secret, "", "callbacks");

    /// <summary>Makes the store's key, when there is none yet.</summary>
    public async ValueTask EnsureAsync(CancellationToken cancellationToken)
    {
        if (Key() is not null) return;
        var key = new byte[KeyLength];
        draw(key);
        var json = JsonSerializer.Serialize(new SecretDocument(key), DocumentJson.Default.SecretDocument);
        if (await registry.PutAsync(KeyName, json, expectedVersion: 0, cancellationToken) is null) await registry.LoadAsync(cancellationToken); // another node was quicker
    }

    /// <summary>The token of a call.</summary>
    public string Make(JobId job, int call)
    {
        Span<byte> bytes = stackalloc byte[NameLength + MacLength];
        job.WriteTo(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes[JobId.ByteLength..], call);
        Mac(Key() ?? throw new InvalidOperationException("The store has no key for callbacks."), bytes[..NameLength], bytes[NameLength..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a token; false when it is none of ours.</summary>
    public bool TryRead(string token, out JobId job, out int call)
    {
        (job, call) = (default, 0);
        Span<byte> bytes = stackalloc byte[NameLength + MacLength];
        Span<byte> mac = stackalloc byte[MacLength];
        if (Key() is not { } key || token.Length != Base64Url.GetEncodedLength(bytes.Length) || !Base64Url.IsValid(token, out var length) || length != bytes.Length) return false;
        Base64Url.DecodeFromChars(token, bytes);
        Mac(key, bytes[..NameLength], mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes[NameLength..])) return false;
        (job, call) = (JobId.FromBytes(bytes[..JobId.ByteLength]), BinaryPrimitives.ReadInt32BigEndian(bytes[JobId.ByteLength..]));
        return true;
    }

    private byte[]? Key() => registry.Get(KeyName.Kind, KeyName.Project, KeyName.Name) is { } document ? JsonSerializer.Deserialize(document.Json, DocumentJson.Default.SecretDocument)!.Key : null;

    private static void Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> name, Span<byte> destination)
    {
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, name, whole);
        whole[..MacLength].CopyTo(destination);
    }
}
