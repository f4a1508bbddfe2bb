using System.Data.Common;
using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Hosting;

/// <summary>Reads what people call a connection string: Npgsql's own form, or a <c>postgres://</c> URI.</summary>
public static class ConnectionStrings
{
    /// <summary>The form that Npgsql reads.</summary>
    /// <param name="text">Either form. Its words are not repeated in an error, because they may hold a password.</param>
    /// <exception cref="StoreUnusableException">It is neither.</exception>
    public static string Normalize(string text)
    {
        try
        {
            return IsUri(text) ? OfUri(new Uri(text)) : OfPairs(new DbConnectionStringBuilder { ConnectionString = text });
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException)
        {
            throw Unreadable("");
        }
    }

    /// <summary>Where it leads, for people: without user and password.</summary>
    public static string Place(string text)
    {
        var parts = new NpgsqlConnectionStringBuilder(Normalize(text));
        return $"{parts.Host}:{parts.Port}/{parts.Database ?? parts.Username}";
    }

    private static bool IsUri(string text) => text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    private static StoreUnusableException Unreadable(string why) =>
        new($"The store's connection string can't be read{why}. Give one such as \"Host=db;Database=meanwhile;Username=meanwhile\" or postgres://meanwhile@db/meanwhile.");

    private static string OfPairs(DbConnectionStringBuilder pairs)
    {
        var builder = new NpgsqlConnectionStringBuilder();
        foreach (string name in pairs.Keys) Set(builder, name, name, (string)pairs[name]);
        return builder.ConnectionString;
    }

    /// <param name="given">The name as the text has it.</param>
    private static void Set(NpgsqlConnectionStringBuilder builder, string given, string name, string value)
    {
        var shown = builder.Password is null ? $"'{given}'" : "a setting after the password"; // which may be a piece of it, when it holds a separator
        if (!builder.ContainsKey(name)) throw Unreadable($": {shown} is none that connections have");
        try
        {
            builder[name] = value;
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw Unreadable($": {shown} has a value that it does not accept");
        }
    }

    private static string OfUri(Uri uri)
    {
        var builder = new NpgsqlConnectionStringBuilder { Host = Uri.UnescapeDataString(uri.Host) };
        if (uri.Port > 0) builder.Port = uri.Port;
        if (uri.AbsolutePath.Length > 1) builder.Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]);
        var user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0) builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) builder.Password = Uri.UnescapeDataString(user[1]);
        foreach (var setting in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = setting.Split('=', 2);
            var (name, value) = (Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts.Length > 1 ? parts[1] : ""));
            Set(builder, name, NameOf(name), ValueOf(name, value));
        }

        return builder.ConnectionString;
    }

    /// <summary>libpq's words are Npgsql's without the underscore, but for a few.</summary>
    private static string NameOf(string setting) => setting switch
    {
        "sslmode" => "SSL Mode",
        "sslrootcert" => "Root Certificate",
        "sslcert" => "SSL Certificate",
        "sslkey" => "SSL Key",
        "application_name" => "Application Name",
        "connect_timeout" => "Timeout",
        "target_session_attrs" => "Target Session Attributes",
        "passfile" => "Passfile",
        _ => setting.Replace('_', ' '),
    };

    private static string ValueOf(string setting, string value) => setting == "sslmode" || setting == "target_session_attrs" ? value.Replace("-", "", StringComparison.Ordinal) : value;
}
