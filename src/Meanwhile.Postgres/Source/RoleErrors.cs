using System.Text.RegularExpressions;
using Meanwhile.Jobs;

namespace Meanwhile.Postgres.Source;

/// <summary>What is wrong with a role, and what to say to the server about it.</summary>
internal static partial class RoleErrors
{
    /// <summary>Why a role can't be used for reading alone.</summary>
    /// <param name="what">What it is or has, in our own words.</param>
    /// <param name="of">The role or function that this is about.</param>
    public static JobError MoreThanReading(string what, string of)
    {
        var (reason, hint) = what switch
        {
            "superuser" => ($"it is, or may become, the superuser '{of}'", MakeReader),
            "replication" => ($"it is, or may become, '{of}', which may replicate and so keep the server from forgetting its log", MakeReader),
            "program" => ($"it may run programs on the server ({of})", MakeReader),
            "file" => ($"it may write files of the server ({of})", MakeReader),
            _ => ($"it may write through other connections of the server's ({of})", "REVOKE EXECUTE on the functions of dblink FROM PUBLIC, or use a database without that extension."),
        };
        return JobError.Of(ErrorKind.Permission, $"The source is read-only, but its role can't be held to that: {reason}.", "role_can_do_more", hint);
    }

    /// <summary>What is logged of a role that may write, were it not for the transaction.</summary>
    public static string MayWrite(string what) => $"WARNING: the role of this read-only source may write, such as {what}; only the read-only transaction keeps it from that. A role that may only read is safer.";

    /// <summary>How to give the right whose absence a message tells; null where it does not tell.</summary>
    public static string? MissingRight(string message)
    {
        var match = Denied().Match(message);
        if (!match.Success) return null;

        var (kind, name) = (match.Groups["kind"].Value, match.Groups["name"].Value);
        var right = kind switch
        {
            "table" or "view" or "materialized view" or "foreign table" or "relation" => "SELECT (or INSERT, UPDATE, DELETE, as the statement needs)",
            "schema" or "language" or "foreign server" or "foreign-data wrapper" or "type" or "domain" => "USAGE",
            "sequence" => "USAGE or SELECT",
            "function" or "procedure" or "routine" or "aggregate" => "EXECUTE",
            "database" => "CONNECT, or CREATE or TEMPORARY",
            "tablespace" => "CREATE",
            _ => null,
        };
        return right is null ? null : $"The role lacks {right} on {kind} {name}: GRANT it.";
    }

    private const string MakeReader = "Make a role for it: CREATE ROLE reader LOGIN PASSWORD '...'; GRANT pg_read_all_data TO reader (or SELECT on what it may read).";

    [GeneratedRegex("^permission denied for (?<kind>[a-z -]+?) (?<name>\\S+)$")]
    private static partial Regex Denied();
}
