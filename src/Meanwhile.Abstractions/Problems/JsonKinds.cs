using System.Text.Json;

namespace Meanwhile.Problems;

/// <summary>How refusals name what was found in JSON: the same words wherever a value is refused.</summary>
public static class JsonKinds
{
    extension(JsonElement value)
    {
        /// <summary>The kind of the value, without the value: <c>an object</c>, <c>an array</c>, <c>a string</c>, <c>a number</c>, <c>true</c>, <c>false</c>; <c>null</c> also where there is none.</summary>
        public string KindInWords => value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            JsonValueKind.String => "a string",
            JsonValueKind.Number => "a number",
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Null or JsonValueKind.Undefined => "null",
        };
    }
}
