using System.Text.Json;
using Meanwhile.Problems;
using Meanwhile.Sqlite.Interop;
using Meanwhile.Sqlite.Source.Native;

namespace Meanwhile.Sqlite.Source.Parameters;

/// <summary>The parameters that came with a script, all of them known to be used and none missing.</summary>
internal sealed class ParameterSet
{
    private readonly Dictionary<string, ParameterValue> _named = [];
    private readonly List<ParameterValue> _positional = [];
    private bool _isNamed;

    private ParameterSet()
    {
    }

    /// <summary>Reads the parameters and holds them against what the script takes.</summary>
    /// <param name="json">An object, an array, null or undefined.</param>
    /// <exception cref="SourceException">One is missing, surplus, given twice, or of a type that can't be bound.</exception>
    public static ParameterSet Read(JsonElement json, ParameterScan script)
    {
        var set = new ParameterSet();
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                set.ReadNamed(json);
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray()) set._positional.Add(ParameterValue.Read($"parameter {set._positional.Count + 1}", item));
                break;
            case JsonValueKind.Undefined or JsonValueKind.Null:
                break;
            default:
                throw SourceException.Syntax($"The parameters are {json.KindInWords}; an object (by name) or an array (by position) is accepted.", "parameter_type");
        }

        if (set._isNamed) set.CheckNames(script);
        else set.CheckPositions(script);
        return set;
    }

    /// <summary>Binds what one statement takes.</summary>
    public unsafe void Bind(PreparedStatement statement)
    {
        var names = statement.ParameterNames();
        for (var i = 0; i < names.Length; i++)
        {
            var value = _isNamed ? names[i] is { } name ? _named[name[1..]] : new ParameterValue(ValueKind.Null) : _positional[i];
            var code = Bind(statement.Handle, i + 1, value);
            if (code != ResultCode.Ok) throw new SourceException(SqliteErrors.Of(code, $"The {(names[i] is null ? $"parameter {i + 1}" : $"parameter \"{names[i]![1..]}\"")} can't be bound: it is too long."));
        }
    }

    private static unsafe int Bind(nint statement, int position, ParameterValue value)
    {
        fixed (byte* bytes = value.Bytes is { Length: > 0 } some ? some : NotEmpty)
        {
            return value.Kind switch
            {
                ValueKind.Integer => NativeCalls.BindInt64(statement, position, value.Integer),
                ValueKind.Float => NativeCalls.BindDouble(statement, position, value.Float),
                ValueKind.Text => NativeCalls.BindText(statement, position, bytes, value.Bytes!.Length, NativeCalls.Transient),
                ValueKind.Blob => NativeCalls.BindBlob(statement, position, bytes, value.Bytes!.Length, NativeCalls.Transient),
                _ => NativeCalls.BindNull(statement, position),
            };
        }
    }

    /// <summary>An empty text or blob needs a pointer all the same: without one it is NULL.</summary>
    private static readonly byte[] NotEmpty = [0];

    private void ReadNamed(JsonElement json)
    {
        _isNamed = true;
        foreach (var property in json.EnumerateObject())
        {
            if (!_named.TryAdd(property.Name, ParameterValue.Read($"parameter \"{property.Name}\"", property.Value)))
            {
                throw SourceException.Syntax($"The parameter \"{property.Name}\" is given twice.", "parameter_surplus");
            }
        }
    }

    private void CheckNames(ParameterScan script)
    {
        if (script.FirstUnnamed is { } unnamed) throw SourceException.Syntax($"The parameter {unnamed} has no name, but the parameters are given by name; give them as an array.", "parameter_missing");
        if (script.Names.FirstOrDefault(name => !_named.ContainsKey(name)) is { } missing)
        {
            throw SourceException.Syntax($"The parameter \"{missing}\" is missing; found {List(_named.Keys)}.", "parameter_missing");
        }

        if (_named.Keys.FirstOrDefault(name => !script.Names.Contains(name)) is { } surplus)
        {
            throw SourceException.Syntax($"The parameter \"{surplus}\" is used by no statement; accepted: {List(script.Names)}.", "parameter_surplus");
        }
    }

    private void CheckPositions(ParameterScan script)
    {
        if (_positional.Count < script.PositionMax)
        {
            var missing = script.FirstUnnamed is null && script.Names.Count > 0 && _positional.Count == 0 ? $"\"{script.Names[0]}\"" : $"{_positional.Count + 1}";
            throw SourceException.Syntax($"The parameter {missing} is missing; found {_positional.Count}, needed {script.PositionMax}.", "parameter_missing");
        }

        if (_positional.Count > script.PositionMax)
        {
            throw SourceException.Syntax($"The parameter {script.PositionMax + 1} is used by no statement; found {_positional.Count}, accepted {script.PositionMax}.", "parameter_surplus");
        }
    }

    private static string List(IReadOnlyCollection<string> names) => names.Count == 0 ? "none" : string.Join(", ", names.Take(20).Select(name => $"\"{name}\""));
}
