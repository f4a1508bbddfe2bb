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
        Detail = FieldErrors.Detail(errors),
        Errors = errors,
    };

    /// <summary>The name in an address, which the body may repeat but not contradict.</summary>
    public static string SameName(string? inBody, string inAddress) =>
        inBody is null || inBody == inAddress ? inAddress : throw Field("name", $"is '{Short(inBody)}', but the address says '{Short(inAddress)}'; a name can't be changed");

    /// <summary>A text as a message shows it: cut to a length that can be shown, and without what a terminal would obey.</summary>
    public static string Short(string text)
    {
        var clean = new string([.. text.Take(ShownMax).Select(character => char.IsControl(character) ? '?' : character)]);
        return text.Length <= ShownMax ? clean : clean + "...";
    }
}
