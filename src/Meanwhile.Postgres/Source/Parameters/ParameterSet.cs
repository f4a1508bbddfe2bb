using System.Globalization;
using System.Text.Json;
using Meanwhile.Postgres.Source.Text;
using Meanwhile.Problems;

namespace Meanwhile.Postgres.Source.Parameters;

/// <summary>The parameters that came with a text, all of them known to be used and none missing.</summary>
internal sealed class ParameterSet
{
    private readonly Dictionary<string, ParameterValue> _values = [];
    private bool _isNamed;

    private ParameterSet()
    {
    }

    /// <summary>Reads the parameters and holds them against what the statements take.</summary>
    /// <param name="json">An object, an array, null or undefined.</param>
    /// <exception cref="SourceException">One is missing, surplus, given twice, or of a type that can't be bound.</exception>
    public static ParameterSet Read(JsonElement json, Script script)
    {
        var set = new ParameterSet();
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                set.ReadNamed(json);
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray()) set._values.Add(PositionKey(set._values.Count + 1), ParameterValue.Read($"parameter {set._values.Count + 1}", item));
                break;
            case JsonValueKind.Undefined or JsonValueKind.Null:
                break;
            default:
                throw SourceException.Syntax($"The parameters are {json.KindInWords}; an object (by name) or an array (by position) is accepted.", "parameter_type");
        }

        set.Check(script);
        return set;
    }

    /// <summary>The names that a text takes, in the order in which they appear: bare, or as <c>$1</c>.</summary>
    public static IReadOnlyList<string> NamesOf(Script script) =>
        [.. Used(script).Select(token => KeyOf(script.Sql, token)).Distinct().OrderBy(key => int.TryParse(key.TrimStart('$'), CultureInfo.InvariantCulture, out var number) ? number : 0)];

    /// <summary>The value for a token.</summary>
    public ParameterValue ValueOf(string sql, Token token) => _values[KeyOf(sql, token)];

    /// <summary>A name or a position as this set calls it.</summary>
    public static string KeyOf(string sql, Token token) =>
        token.Kind == TokenKind.Named ? token.In(sql)[1..].ToString() : int.TryParse(token.In(sql)[1..], CultureInfo.InvariantCulture, out var number) ? PositionKey(number) : token.In(sql).ToString();

    private static string PositionKey(int number) => $"${number.ToString(CultureInfo.InvariantCulture)}";

    private static IEnumerable<Token> Used(Script script) =>
        script.Statements.SelectMany(statement => statement.Parameters);

    private void ReadNamed(JsonElement json)
    {
        _isNamed = true;
        foreach (var property in json.EnumerateObject())
        {
            if (!_values.TryAdd(property.Name, ParameterValue.Read($"parameter \"{property.Name}\"", property.Value)))
            {
                throw SourceException.Syntax($"The parameter \"{property.Name}\" is given twice.", "parameter_surplus");
            }
        }
    }

    private void Check(Script script)
    {
        var needed = NamesOf(script);
        var other = needed.FirstOrDefault(key => key.StartsWith('$') == _isNamed);
        if (other is not null && _values.Count > 0)
        {
            throw SourceException.Syntax(
                _isNamed ? $"The parameter {other} has no name, but the parameters are given by name; give them as an array." : $"The parameter \"{other}\" has a name, but the parameters are given by position; give them as an object.", "parameter_missing");
        }

        if (needed.FirstOrDefault(key => !_values.ContainsKey(key)) is { } missing) throw SourceException.Syntax($"The parameter {Shown(missing)} is missing; found {List(_values.Keys)}.", "parameter_missing");
        if (_values.Keys.FirstOrDefault(key => !needed.Contains(key)) is { } surplus) throw SourceException.Syntax($"The parameter {Shown(surplus)} is used by no statement; accepted: {List(needed)}.", "parameter_surplus");
    }

    private static string Shown(string key) => key.StartsWith('$') ? key : $"\"{key}\"";

    private static string List(IReadOnlyCollection<string> keys) => keys.Count == 0 ? "none" : string.Join(", ", keys.Take(20).Select(Shown));
}
