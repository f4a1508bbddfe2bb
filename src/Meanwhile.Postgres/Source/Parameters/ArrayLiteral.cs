using System.Text;
using System.Text.Json;

namespace Meanwhile.Postgres.Source.Parameters;

/// <summary>Writes a JSON array as PostgreSQL writes arrays: <c>{1,"a b",NULL}</c>. An array meant as JSON is tagged <c>{"$json": [...]}</c>.</summary>
internal static class ArrayLiteral
{
    /// <summary>The literal.</summary>
    /// <param name="parameter">How messages call the parameter.</param>
    public static string Of(string parameter, JsonElement array)
    {
        var literal = new StringBuilder();
        Append(literal, parameter, array);
        return literal.ToString();
    }

    /// <summary>The literal of some texts.</summary>
    public static string Of(IReadOnlyList<string> texts)
    {
        var literal = new StringBuilder("{");
        for (var i = 0; i < texts.Count; i++)
        {
            if (i > 0) literal.Append(',');
            AppendElement(literal, texts[i]);
        }

        return literal.Append('}').ToString();
    }

    private static void Append(StringBuilder literal, string parameter, JsonElement array)
    {
        literal.Append('{');
        var first = true;
        foreach (var item in array.EnumerateArray())
        {
            if (!first) literal.Append(',');
            first = false;
            if (item.ValueKind == JsonValueKind.Array) Append(literal, parameter, item);
            else AppendElement(literal, ParameterValue.Read(parameter, item).Text);
        }

        literal.Append('}');
    }

    private static void AppendElement(StringBuilder literal, string? text)
    {
        if (text is null)
        {
            literal.Append("NULL");
            return;
        }

        literal.Append('"');
        foreach (var c in text)
        {
            if (c is '"' or '\\') literal.Append('\\');
            literal.Append(c);
        }

        literal.Append('"');
    }
}
