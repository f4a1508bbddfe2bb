namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements that begin another history of a store: what the one before handed out after this copy was taken must not be handed out again.</summary>
internal static class RestoreSql
{
    /// <summary>Parameters: $1 how many of each project's sequences may have been handed out, and so short ids.</summary>
    public const string SkipSequences = "update meanwhile.project set last_sequence = last_sequence + $1";

    /// <summary>Where results are in a directory, files may lie there under an attempt's fence. Parameters: $1 how many fences of a job may have been used.</summary>
    public const string SkipFences = // language=postgresql
        """
        update meanwhile.job set fence = fence + $1
        where exists (select from meanwhile.document where kind = 'results_directory' and json is not null)
        """;
}
