using System.Net.Sockets;
using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Store.Connections;

/// <summary>Says in the store's words what PostgreSQL and the network report.</summary>
internal static class StoreErrors
{
    /// <summary>Whether the connection takes a statement for prepared that is not: the driver does once a batch has failed before the server came to it, and for as long as the connection lives.</summary>
    public static bool IsForgotten(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.InvalidSqlStatementName };

    /// <summary>Whether the same transaction may simply be tried again: it was rolled back because of another, or <see cref="IsForgotten"/>.</summary>
    public static bool IsCollision(Exception error) => error is PostgresException
    {
        SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.InvalidSqlStatementName,
    };

    /// <summary>The exception that a caller of the store gets.</summary>
    public static Exception Translate(Exception error) => error switch
    {
        PostgresException postgres => Translate(postgres),
        NpgsqlException { InnerException: TimeoutException } slow => Unavailable("The database did not answer in time. Is it overloaded, or is a lock held for long?", slow),
        NpgsqlException { InnerException: SocketException socket } unreachable => Unavailable($"The database can't be reached: {socket.Message}.", unreachable),
        NpgsqlException lost => Unavailable($"The connection to the database was lost or could not be made: {lost.Message}", lost),
        SocketException socket => Unavailable($"The database can't be reached: {socket.Message}.", socket),
        TimeoutException slow => Unavailable("The database did not answer in time. Is it overloaded, or is a lock held for long?", slow),
        IOException lost => Unavailable($"The connection to the database was lost: {lost.Message}", lost),
        _ => error,
    };

    private static Exception Translate(PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.TooManyConnections => Unavailable($"The database has no connection left ({error.MessageText}): raise max_connections, or the role's or database's own limit, put pgbouncer in front, or give nodes smaller pools (Maximum Pool Size).", error),
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => Unavailable("The database is being shut down, or an administrator ended the connection.", error),
        PostgresErrorCodes.CannotConnectNow => Unavailable("The database is starting, or recovering from a crash.", error),
        PostgresErrorCodes.DiskFull => Unavailable($"The database's disk is full: free some space. {error.MessageText}.", error),
        PostgresErrorCodes.OutOfMemory => Unavailable("The database is out of memory.", error),
        PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.ObjectNotInPrerequisiteState => Unavailable("The database only reads: after a failover this is a standby, and the connection string must lead to the primary (Target Session Attributes=primary).", error),
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => Unavailable($"The database refuses the user by now: {error.MessageText}. Look at the password and pg_hba.conf.", error),
        PostgresErrorCodes.InvalidCatalogName => Unavailable($"The database is not there by now: {error.MessageText}.", error),
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled => Unavailable($"The database gave the statement up: {error.MessageText}.", error),
        PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure => Unavailable("The database rolled the transaction back several times because of others.", error),
        PostgresErrorCodes.InsufficientPrivilege => new StoreUnusableException($"The database role lacks a right: {error.MessageText}.", error),
        PostgresErrorCodes.UntranslatableCharacter or PostgresErrorCodes.CharacterNotInRepertoire => new ArgumentException($"A text holds what PostgreSQL can't keep, such as a NUL character: {error.MessageText}.", error),
        PostgresErrorCodes.ProgramLimitExceeded => new ArgumentException($"A value is larger than the store can keep: {error.MessageText}.", error),
        _ when error.SqlState.StartsWith("08", StringComparison.Ordinal) || error.SqlState.StartsWith("57", StringComparison.Ordinal) || error.SqlState.StartsWith("58", StringComparison.Ordinal) =>
            Unavailable($"The database does not work just now: {error.MessageText} ({error.SqlState}).", error),
        _ => new InvalidOperationException($"The store broke a rule of its own: {error.MessageText} ({error.SqlState}).", error),
    };

    private static StoreUnavailableException Unavailable(string message, Exception inner) => new(message, inner);
}
