namespace Meanwhile.Problems;

/// <summary>Says in one sentence what is wrong with fields.</summary>
public static class FieldErrors
{
    /// <summary>All errors, in order: each message continues its field's name, or stands after a colon when it is a sentence of its own (it begins with a capital letter).</summary>
    public static string Detail(IReadOnlyList<FieldError> errors) => string.Join("; ", errors.Select(Clause)) + ".";

    private static string Clause(FieldError error)
    {
        var joint = error.Message is [var first, ..] && char.IsUpper(first) ? ":" : "";
        return $"{error.Field}{joint} {(error.Message.EndsWith('.') ? error.Message[..^1] : error.Message)}";
    }
}
