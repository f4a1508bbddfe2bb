using System.Net.Sockets;
using System.Security.Authentication;
using Meanwhile.Jobs;
using Meanwhile.Postgres.Source.Settings;
using Npgsql;

namespace Meanwhile.Postgres.Source;

/// <summary>Maps what the server and the driver say to the kinds that decide what happens next.</summary>
/// <remarks>See https://www.postgresql.org/docs/current/errcodes-appendix.html. Messages are the server's own; none has a password in it.</remarks>
internal static class PostgresErrors
{
    /// <summary>The error of an answer of the server.</summary>
    /// <param name="position">In the user's text, in characters from 1; null when the server does not say.</param>
    public static JobError Of(PostgresException e, int? position = null)
    {
        var (kind, code, hint) = Classify(e);
        var message = e.Detail is { Length: > 0 } detail ? $"{Sentence(e.MessageText)} {Sentence(detail)}" : Sentence(e.MessageText);
        return JobError.Of(kind, message, code, e.Hint ?? hint) with { SourceCode = e.SqlState, SqlState = e.SqlState, Position = position };
    }

    /// <summary>Why a connection could not be opened.</summary>
    public static JobError OfConnecting(Exception e, SourceSettings settings) => e switch
    {
        PostgresException answered => Of(answered),
        _ when Inner<SocketException>(e) is { SocketErrorCode: SocketError.ConnectionRefused } => Unreachable(settings, "refused the connection", "connection_refused"),
        _ when Inner<AuthenticationException>(e) is { } tls => JobError.Of(ErrorKind.Auth, $"The certificate of {Place(settings)} does not verify: {Sentence(tls.Message)}", "certificate_not_trusted", "Give the authority's certificate as \"root_certificate\", and as \"host\" a name that the certificate has; or choose another \"ssl_mode\"."),
        _ when e.Message.Contains("SSL", StringComparison.Ordinal) && Inner<SocketException>(e) is null => JobError.Of(ErrorKind.Auth, $"{Place(settings)} does not offer TLS, which \"ssl_mode\" demands.", "tls_not_offered", "Switch TLS on at the server, or choose another \"ssl_mode\"."),
        _ when e.Message.Contains("No password", StringComparison.Ordinal) => JobError.Of(ErrorKind.Auth, "The server asks for a password, and the source has none.", "password_missing", "Give \"password\" in the source's settings, as a reference."),
        _ when Inner<TimeoutException>(e) is not null => Unreachable(settings, $"did not answer within {settings.ConnectTimeout.TotalSeconds} s", "connect_timeout"),
        _ => Unreachable(settings, $"could not be reached: {e.GetBaseException().Message.TrimEnd('.')}", "connection_failed"),
    };

    /// <summary>The connection broke while a statement ran.</summary>
    public static JobError ConnectionLost(Exception e) => e is PostgresException told
        ? Of(told)
        : JobError.Of(ErrorKind.Transient, $"The connection to the server was lost: {e.GetBaseException().Message.TrimEnd('.')}.", "connection_lost");

    /// <summary>Whether a failure took the connection with it.</summary>
    public static bool EndsConnection(Exception e) => e is PostgresException told ? told.InvariantSeverity is "FATAL" or "PANIC" : e is NpgsqlException or IOException or ObjectDisposedException;

    private static JobError Unreachable(SourceSettings settings, string what, string code) =>
        JobError.Of(ErrorKind.Transient, $"{Place(settings)} {what}.", code, "Check the source's \"host\" and \"port\", and whether the server runs.");

    private static string Place(SourceSettings settings) => settings.IsSocket ? $"The server at {settings.Host}" : $"The server {settings.Host}:{settings.Port}";

    private static T? Inner<T>(Exception e)
        where T : Exception
    {
        for (Exception? at = e; at is not null; at = at.InnerException)
        {
            if (at is T found) return found;
        }

        return null;
    }

    private static (ErrorKind Kind, string? Code, string? Hint) Classify(PostgresException e) => e.SqlState switch
    {
        "25006" => (ErrorKind.Permission, "read_only", Runs.StatementPolicy.ReadOnlyHint),
        "42501" => (ErrorKind.Permission, "missing_privilege", RoleErrors.MissingRight(e.MessageText)),
        "28P01" or "28000" => (ErrorKind.Auth, null, "Check the source's \"username\" and \"password\", and the server's pg_hba.conf."),
        "3D000" => (ErrorKind.NotFound, "no_such_database", null),
        "3F000" => (ErrorKind.NotFound, "no_such_schema", null),
        "42P01" => (ErrorKind.NotFound, "no_such_table", null),
        "42703" => (ErrorKind.NotFound, "no_such_column", null),
        "42883" => (ErrorKind.NotFound, "no_such_function", null),
        "42704" => (ErrorKind.NotFound, "no_such_object", null),
        "53300" => (ErrorKind.Throttled, "too_many_connections", "The server has no connection left: lower the \"concurrency\" of its sources, or raise its max_connections."),
        "53100" => (ErrorKind.ResourceLimit, "disk_full", "Free space where the server keeps its data."),
        "53200" => (ErrorKind.ResourceLimit, "out_of_memory", null),
        "53400" => (ErrorKind.ResourceLimit, "configuration_limit", null),
        "54000" or "54001" or "54011" or "54023" => (ErrorKind.ResourceLimit, null, null),
        "55P03" => (ErrorKind.Transient, "lock_timeout", null),
        "57014" => e.MessageText.Contains("statement timeout", StringComparison.Ordinal) ? (ErrorKind.Timeout, "statement_timeout", null) : (ErrorKind.Canceled, "canceled_at_source", "Somebody cancelled it at the server."),
        "57P01" => (ErrorKind.Transient, "terminated_at_source", "An administrator ended the connection, or the server was shut down."),
        "57P02" or "57P03" => (ErrorKind.Transient, "server_restarting", null),
        "57P05" or "25P03" or "25P04" => (ErrorKind.Timeout, "session_timeout", null),
        "40P01" => (ErrorKind.Transient, "deadlock", null),
        "40001" => (ErrorKind.Transient, "serialization_failure", null),
        "25001" => (ErrorKind.Syntax, null, "On a read-only source the transaction is begun already: give default_transaction_isolation in \"session\" of its settings."),
        "2D000" => (ErrorKind.Syntax, null, "A routine that commits runs only by itself: leave the other statements out."),
        "22P05" => (ErrorKind.Syntax, null, "jsonb and text can't hold the character U+0000; json and bytea can."),
        "XX001" or "XX002" => (ErrorKind.Internal, "data_corrupted", "The server's data are damaged: see its log."),
        _ => (KindOf(e.SqlState), WordOf(e.SqlState), null),
    };

    private static ErrorKind KindOf(string state) => state[..2] switch
    {
        "08" or "40" or "57" or "58" => ErrorKind.Transient,
        "28" => ErrorKind.Auth,
        "53" or "54" => ErrorKind.ResourceLimit,
        "XX" or "F0" => ErrorKind.Internal,
        _ => ErrorKind.Syntax, // the statement is wrong, or wrong for these data
    };

    private static string? WordOf(string state) => state[..2] switch
    {
        "23" => "constraint",
        "22" => "data_exception",
        _ => null,
    };

    private static string Sentence(string text)
    {
        var clean = text.Trim();
        return clean.Length == 0 || clean[^1] is '.' or '!' or '?' ? clean : $"{clean}.";
    }
}
