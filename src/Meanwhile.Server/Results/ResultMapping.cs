using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Results;
using Meanwhile.Sources;

namespace Meanwhile.Server.Results;

/// <summary>Results on the wire.</summary>
internal static class ResultMapping
{
    extension(ResultManifest manifest)
    {
        /// <summary>The result as a job shows it.</summary>
        /// <param name="first">The first rows, when they are to come inside.</param>
        public JobResultResource ToResource(ResultPage? first)
        {
            var shown = manifest.DefaultStatement is >= 0 and var i ? manifest.Statements[i] : null;
            var cut = shown?.TruncatedBy ?? manifest.Statements.Select(statement => statement.TruncatedBy).FirstOrDefault(truncation => truncation is not null);
            return new JobResultResource
            {
                RowCount = manifest.RowCount,
                Columns = Columns(shown?.Columns ?? []),
                Statements = [.. manifest.Statements.Select(ToResource)],
                Partitions = manifest.Statements.Sum(statement => statement.Partitions.Count),
                Bytes = manifest.StoredBytes,
                Complete = cut is null,
                TruncatedBy = cut is { } truncation ? Word(truncation) : null,
                Rows = first is null ? null : Rows(first.Rows),
                NextCursor = first?.NextCursor,
            };
        }
    }

    extension(ResultPage page)
    {
        /// <summary>The page as it is answered.</summary>
        public ResultPageResource ToResource(JobId job) => new()
        {
            JobId = job.ToString(),
            Statement = page.Statement,
            StatementCount = page.StatementCount,
            Columns = Columns(page.Columns),
            Rows = Rows(page.Rows),
            Offset = page.Offset,
            RowCount = page.RowCount,
            RowsAffected = page.RowsAffected,
            NextCursor = page.NextCursor,
            Complete = page.Complete,
            TruncatedBy = page.TruncatedBy is { } truncation ? Word(truncation) : null,
            Summary = page.Summary is { } summary ? RawJson.Of(summary) : null,
            ExpiresAt = page.ExpiresAt,
        };
    }

    extension(StatementCheck check)
    {
        /// <summary>The check as it is answered.</summary>
        public CheckResource ToResource() => new()
        {
            StatementCount = check.StatementCount,
            ReadOnly = check.ReadOnly,
            Columns = Columns(check.Columns),
            Parameters = check.ParameterNames,
            Plan = check.Plan is { } plan ? RawJson.Of(plan) : null,
        };
    }

    private static StatementResource ToResource(StatementResult statement) => new()
    {
        Columns = Columns(statement.Columns),
        RowCount = statement.Rows,
        RowsAffected = statement.RowsAffected,
        Partitions = statement.Partitions.Count,
        Bytes = statement.Partitions.Sum(partition => (long)partition.Length) + (statement.Inline?.Length ?? 0),
        Complete = statement.TruncatedBy is null,
        TruncatedBy = statement.TruncatedBy is { } truncation ? Word(truncation) : null,
    };

    private static ColumnResource[] Columns(IReadOnlyList<ResultColumn> columns) =>
        [.. columns.Select(column => new ColumnResource { Name = column.Name, Type = column.Type, Nullable = column.Nullable, Precision = column.Precision, Scale = column.Scale })];

    private static RawJson[] Rows(IReadOnlyList<ReadOnlyMemory<byte>> rows)
    {
        var raw = new RawJson[rows.Count];
        for (var i = 0; i < raw.Length; i++) raw[i] = new RawJson(rows[i]);
        return raw;
    }

    /// <summary>The word for what cut a result.</summary>
    public static string Word(Truncation truncation) => truncation switch
    {
        Truncation.Rows => "rows",
        Truncation.Bytes => "bytes",
        Truncation.Cell => "cell",
        Truncation.Source => "source",
    };
}
