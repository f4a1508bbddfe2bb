using Meanwhile.Jobs;

namespace Meanwhile.Postgres.Source;

/// <summary>Carries the reason out of a run to the one place that makes it an outcome.</summary>
internal sealed class SourceException(JobError error, Exception? inner = null) : Exception(error.Message, inner)
{
    /// <summary>Why the run ended.</summary>
    public JobError Error { get; } = error;

    /// <summary>The statement or its parameters are wrong.</summary>
    public static SourceException Syntax(string message, string? code = null, string? hint = null, int? position = null) =>
        new(JobError.Of(ErrorKind.Syntax, message, code, hint) with { Position = position });

    /// <summary>The source may not be used so.</summary>
    public static SourceException Permission(string message, string code, string? hint = null, int? position = null) =>
        new(JobError.Of(ErrorKind.Permission, message, code, hint) with { Position = position });
}
