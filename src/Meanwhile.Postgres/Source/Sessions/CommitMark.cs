using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Meanwhile.Sources;

namespace Meanwhile.Postgres.Source.Sessions;

/// <summary>Names a transaction so that its fate can be asked for later: of the same cluster, on the same timeline.</summary>
/// <param name="TransactionId">With its epoch, so that it never repeats.</param>
internal sealed record CommitMark(ulong TransactionId, string SystemIdentifier, string Timeline)
{
    private const string Version = "pg1";

    /// <summary>The mark of a row of <see cref="Sql.CommitMark"/>.</summary>
    public static CommitMark Of(string?[] row) => new(ulong.Parse(row[0]!, CultureInfo.InvariantCulture), row[1]!, row[2]!);

    /// <summary>Reads a stored mark.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out CommitMark? mark)
    {
        var parts = text.Split(':');
        mark = parts is [Version, var system, var timeline, var id] && ulong.TryParse(id, CultureInfo.InvariantCulture, out var number) ? new CommitMark(number, system, timeline) : null;
        return mark is not null;
    }

    /// <summary>What became of it, by a row of <see cref="Sql.XactStatus"/>.</summary>
    /// <remarks>After a failover another transaction may bear the same id, so another timeline tells nothing.</remarks>
    public CommitFate FateIn(string?[] row) => row[1] == SystemIdentifier && row[2] == Timeline
        ? row[0] switch
        {
            "committed" => CommitFate.Committed,
            "aborted" => CommitFate.RolledBack,
            _ => CommitFate.Unknown, // in progress, or so long ago that the server has forgotten
        }
        : CommitFate.Unknown;

    /// <inheritdoc/>
    public override string ToString() => $"{Version}:{SystemIdentifier}:{Timeline}:{TransactionId.ToString(CultureInfo.InvariantCulture)}";
}
