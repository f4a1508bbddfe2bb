using System.Text.Json.Nodes;

namespace Meanwhile.Cli.Doctor;

/// <summary>How bad a finding is.</summary>
internal enum Verdict
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, but somebody should look.</summary>
    Warning,

    /// <summary>Does not work.</summary>
    Bad,
}

/// <summary>What was found out about one thing.</summary>
/// <param name="Subject">The thing: <c>configuration</c>, <c>server</c>, <c>source flights</c>.</param>
/// <param name="Hint">What to do; null when nothing is to be done.</param>
internal sealed record Finding(string Subject, Verdict Verdict, string Detail, string? Hint = null)
{
    /// <summary>The word that is shown.</summary>
    public string Word => Verdict switch
    {
        Verdict.Ok => "ok",
        Verdict.Warning => "warning",
        Verdict.Bad => "bad",
    };

    /// <summary>The finding as <c>--json</c> shows it.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["subject"] = Subject, ["verdict"] = Word, ["detail"] = Detail };
        if (Hint is not null) json["hint"] = Hint;
        return json;
    }

    public static Finding Ok(string subject, string detail) => new(subject, Verdict.Ok, detail);

    public static Finding Warning(string subject, string detail, string hint) => new(subject, Verdict.Warning, detail, hint);

    public static Finding Bad(string subject, string detail, string hint) => new(subject, Verdict.Bad, detail, hint);
}
