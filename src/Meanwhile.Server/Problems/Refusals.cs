using Meanwhile.Problems;

namespace Meanwhile.Server;

/// <summary>Refusals that are made at the edge.</summary>
internal static class Refusals
{
    private const int ShownMax = 64;

    /// <summary>One field is wrong.</summary>
    public static ProblemException Field(string field, string message) => Fields([new FieldError(field, message)]);

    /// <summary>Some fields are wrong.</summary>
    public static ProblemException Fields(IReadOnlyList<FieldError> errors) => new(FieldsProblem(errors));

    /// <summary>Some fields are wrong.</summary>
    public static Problem FieldsProblem(IReadOnlyList<FieldError> errors) => new()
    {
        Code = ProblemCodes.InvalidRequest,
        Detail = errors.Count == 1 ? $"{errors[0].Field}: {errors[0].Message}" : $"{errors.Count} fields are wrong.",
        Errors = errors,
    };

    /// <summary>The name in an address, which the body may repeat but not contradict.</summary>
    public static string SameName(string? inBody, string inAddress) =>
        inBody is null || inBody == inAddress ? inAddress : throw Field("name", $"Differs from the address, which says '{Short(inAddress)}'; a name can't be changed.");

    /// <summary>A text cut to a length that can be shown.</summary>
    public static string Short(string text) => text.Length <= ShownMax ? text : text[..ShownMax] + "...";
}
