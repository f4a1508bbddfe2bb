using System.Text.Json;
using Meanwhile.Contracts;
using Meanwhile.Results;
using Meanwhile.Sources;

namespace Meanwhile.Client;

/// <summary>Results as the wire tells them.</summary>
internal static class ResultMapping
{
    extension(JobResultResource result)
    {
        /// <summary>The manifest, without the places of its bytes, which only the server can use.</summary>
        public ResultManifest ToManifest(string? summary) => new()
        {
            Summary = summary,
            Statements =
            [
                .. result.Statements.Select(statement => new StatementResult
                {
                    Columns = Columns(statement.Columns),
                    Rows = statement.RowCount,
                    RowsAffected = statement.RowsAffected,
                    TruncatedBy = Truncation(statement.TruncatedBy),
                }),
            ],
        };

        /// <summary>The first rows, which came inside the job.</summary>
        public ResultPage ToPage(JobResource job, IReadOnlyList<RawJson> rows)
        {
            var shown = result.ToManifest(null).DefaultStatement;
            return new ResultPage
            {
                Statement = shown,
                StatementCount = result.Statements.Count,
                Columns = Columns(result.Columns),
                Rows = Rows(rows),
                Offset = 0,
                RowCount = result.RowCount,
                RowsAffected = shown >= 0 ? result.Statements[shown].RowsAffected : null,
                NextCursor = result.NextCursor,
                TruncatedBy = Truncation(result.TruncatedBy),
                Summary = job.Summary?.ToString(),
                ExpiresAt = job.ExpiresAt ?? default,
            };
        }
    }

    extension(ResultPageResource page)
    {
        /// <summary>The page.</summary>
        public ResultPage ToPage() => new()
        {
            Statement = page.Statement,
            StatementCount = page.StatementCount,
            Columns = Columns(page.Columns),
            Rows = Rows(page.Rows),
            Offset = page.Offset,
            RowCount = page.RowCount,
            RowsAffected = page.RowsAffected,
            NextCursor = page.NextCursor,
            TruncatedBy = Truncation(page.TruncatedBy),
            Summary = page.Summary?.ToString(),
            ExpiresAt = page.ExpiresAt,
        };
    }

    extension(CheckResource check)
    {
        /// <summary>What a dry run found.</summary>
        public StatementCheck ToCheck() => new(check.StatementCount, check.ReadOnly, Columns(check.Columns), check.Parameters, check.Plan?.ToString());
    }

    private static ResultColumn[] Columns(IReadOnlyList<ColumnResource> columns) =>
        [.. columns.Select(column => new ResultColumn { Name = column.Name, Type = column.Type, Nullable = column.Nullable, Precision = column.Precision, Scale = column.Scale })];

    private static ReadOnlyMemory<byte>[] Rows(IReadOnlyList<RawJson> rows) => [.. rows.Select(row => row.Utf8)];

    private static Truncation? Truncation(string? word) => word switch
    {
        null => null,
        "rows" => Results.Truncation.Rows,
        "bytes" => Results.Truncation.Bytes,
        "cell" => Results.Truncation.Cell,
        "source" => Results.Truncation.Source,
        _ => throw new JsonException($"The server's truncation '{word}' is not known here; it may be newer than this client."),
    };
}
