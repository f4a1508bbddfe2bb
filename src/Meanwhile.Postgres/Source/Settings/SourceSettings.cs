using System.Security.Cryptography.X509Certificates;

namespace Meanwhile.Postgres.Source.Settings;

/// <summary>How a connection is protected, in libpq's words.</summary>
internal enum TlsMode
{
    /// <summary>Never TLS.</summary>
    Disable,

    /// <summary>TLS where the server has it.</summary>
    Prefer,

    /// <summary>TLS, with any certificate.</summary>
    Require,

    /// <summary>TLS, with a certificate from an authority that is trusted.</summary>
    VerifyCa,

    /// <summary>As before, and the certificate names the host.</summary>
    VerifyFull,
}

/// <summary>A source's own settings, read from its definition.</summary>
internal sealed record SourceSettings
{
    /// <summary>A name, an address, or the folder of a Unix socket.</summary>
    public string Host { get; init; } = "";

    /// <summary>1 to 65,535; default 5432.</summary>
    public int Port { get; init; } = 5432;

    /// <summary>The database.</summary>
    public string Database { get; init; } = "";

    /// <summary>The role.</summary>
    public string Username { get; init; } = "";

    /// <summary>Its password; null where the server asks for none.</summary>
    public string? Password { get; init; }

    /// <summary>Null = verify-full, and prefer on loopback.</summary>
    public TlsMode? Tls { get; init; }

    /// <summary>Certificates of authorities to trust, as PEM; null = those of the system.</summary>
    public string? RootCertificate { get; init; }

    /// <summary>The client's own certificate and key, as PEM; null = none.</summary>
    public (string Certificate, string Key)? Client { get; init; }

    /// <summary>How long opening a connection may take. Default 10 s; 1 to 60 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Settings of the session, by name, as PostgreSQL takes them.</summary>
    public IReadOnlyDictionary<string, string> Session { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the host is the folder of a socket.</summary>
    public bool IsSocket => Host.StartsWith('/');

    /// <summary>What holds where the definition does not say.</summary>
    public TlsMode EffectiveTls => IsSocket ? TlsMode.Disable : Tls ?? (Hosts.AddressKinds.IsLoopbackName(Host) ? TlsMode.Prefer : TlsMode.VerifyFull);

    /// <summary>The authorities of <see cref="RootCertificate"/>.</summary>
    public X509Certificate2Collection Roots
    {
        get
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(RootCertificate);
            return roots;
        }
    }
}
