using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Meanwhile.Problems;
using Meanwhile.Sources;

namespace Meanwhile.Postgres.Source.Settings;

/// <summary>Reads settings from a definition, and says of each what is wrong with it. No message shows a value that may be a secret.</summary>
/// <remarks>A value that holds a reference, such as <c>${env:NAME}</c>, is judged once it is resolved.</remarks>
internal sealed class SettingsReader(List<FieldError> errors)
{
    private const string Known = "host, port, database, username, password, ssl_mode, root_certificate, client_certificate, client_key, connect_timeout_seconds and session are accepted";
    private const string Modes = "disable, prefer, require, verify-ca or verify-full is accepted";
    private static readonly string[] Needed = ["host", "database", "username"];
    private string? _clientCertificate;
    private string? _clientKey;

    /// <summary>Reads the settings; what is wrong goes to <paramref name="errors"/>.</summary>
    /// <returns>Usable only when there were no errors.</returns>
    public static SourceSettings Read(SourceDefinition definition, List<FieldError> errors)
    {
        if (definition.Settings.ValueKind == JsonValueKind.Object) return new SettingsReader(errors).Read(definition.Settings);

        errors.Add(new("settings", $"is {definition.Settings.KindInWords}; an object with at least \"host\", \"database\" and \"username\" is needed"));
        return new SourceSettings();
    }

    /// <summary>Whether a text holds a reference, which stands for a value that is elsewhere.</summary>
    public static bool IsReference(string text) => text.Contains("${", StringComparison.Ordinal);

    private SourceSettings Read(JsonElement json)
    {
        var settings = new SourceSettings();
        foreach (var property in json.EnumerateObject()) settings = Read(settings, property.Name, property.Value);
        foreach (var name in Needed)
        {
            if (!json.TryGetProperty(name, out _)) errors.Add(new($"settings.{name}", "is missing; a string is needed"));
        }

        if (_clientCertificate is null != _clientKey is null) errors.Add(new("settings.client_certificate", "and client_key belong together; only one of them is given"));
        return _clientCertificate is { } certificate && _clientKey is { } key ? settings with { Client = (certificate, key) } : settings;
    }

    private SourceSettings Read(SourceSettings settings, string name, JsonElement value)
    {
        switch (name)
        {
            case "host":
                return settings with { Host = Host(value) };
            case "port":
                return settings with { Port = Number(value, name, 1, 65_535) };
            case "database":
                return settings with { Database = Text(value, name) };
            case "username":
                return settings with { Username = Text(value, name) };
            case "password":
                return settings with { Password = Text(value, name) };
            case "ssl_mode":
                return settings with { Tls = Tls(value) };
            case "root_certificate":
                return settings with { RootCertificate = Certificates(value, name) };
            case "connect_timeout_seconds":
                return settings with { ConnectTimeout = TimeSpan.FromSeconds(Number(value, name, 1, 60)) };
            case "session":
                return settings with { Session = Session(value) };
            case "client_certificate":
                _clientCertificate = Certificates(value, name);
                return settings;
            case "client_key":
                _clientKey = Text(value, name);
                return settings;
            case "application_name":
                errors.Add(new("settings.application_name", "is no setting: it is how a statement is known at the server"));
                return settings;
            default:
                errors.Add(new($"settings.{Shown(name)}", $"is no setting here; {Known}"));
                return settings;
        }
    }

    private string Host(JsonElement value)
    {
        var host = Text(value, "host");
        if (IsReference(host) || host.Length == 0) return host;
        if (host.Contains(',')) errors.Add(new("settings.host", "has a comma; one host is accepted, define a source for each"));
        else if (!host.StartsWith('/') && Uri.CheckHostName(host) == UriHostNameType.Unknown) errors.Add(new("settings.host", "is neither a host's name nor an address, nor the folder of a Unix socket"));
        return host;
    }

    private TlsMode? Tls(JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (IsReference(text)) return null;
        switch (text)
        {
            case "disable": return TlsMode.Disable;
            case "prefer": return TlsMode.Prefer;
            case "require": return TlsMode.Require;
            case "verify-ca": return TlsMode.VerifyCa;
            case "verify-full": return TlsMode.VerifyFull;
            default:
                errors.Add(new("settings.ssl_mode", $"is {(value.ValueKind == JsonValueKind.String ? $"'{Shown(text)}'" : value.KindInWords)}; {Modes}"));
                return null;
        }
    }

    private string? Certificates(JsonElement value, string name)
    {
        var pem = Text(value, name);
        if (pem.Length == 0 || IsReference(pem)) return pem;
        try
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPem(pem);
            if (found.Count > 0) return pem;
        }
        catch (CryptographicException)
        {
            // said below
        }

        errors.Add(new($"settings.{name}", "holds no certificate in PEM; give its text, or a reference such as ${file:/etc/ssl/ca.pem}"));
        return null;
    }

    private Dictionary<string, string> Session(JsonElement value)
    {
        var session = new Dictionary<string, string>();
        if (value.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new("settings.session", $"is {value.KindInWords}; an object such as {{\"search_path\": \"app\"}} is accepted"));
            return session;
        }

        foreach (var property in value.EnumerateObject())
        {
            var field = $"settings.session.{Shown(property.Name)}";
            if (!SessionSettings.Allowed.Contains(property.Name)) errors.Add(new(field, $"is no setting that a session may be given; {string.Join(", ", SessionSettings.Allowed.Order())} are accepted"));
            else if (SessionValue(property.Value) is { } text) session[property.Name] = text;
            else errors.Add(new(field, $"is {property.Value.KindInWords}; a string, a number, true or false is accepted"));
        }

        return session;
    }

    private static string? SessionValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Contains('\0') ? null : value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "on",
        JsonValueKind.False => "off",
        _ => null,
    };

    private string Text(JsonElement value, string name)
    {
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && !text.Contains('\0')) return text;

        errors.Add(new($"settings.{name}", $"is {(value.ValueKind == JsonValueKind.String ? "empty, or holds NUL" : value.KindInWords)}; a string that is not empty is accepted"));
        return "";
    }

    private int Number(JsonElement value, string name, int least, int most)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most) return number;

        errors.Add(new($"settings.{name}", $"is {(value.ValueKind == JsonValueKind.Number ? value.GetRawText() : value.KindInWords)}; a whole number from {least} to {most} is accepted"));
        return least;
    }

    private static string Shown(string text) => new([.. text.Take(64).Select(character => char.IsControl(character) ? '?' : character)]);
}
