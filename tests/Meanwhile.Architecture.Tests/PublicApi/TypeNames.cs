using System.Reflection;

namespace Meanwhile.Architecture.Tests.PublicApi;

/// <summary>Types as C# writes them, with their question marks.</summary>
internal static class TypeNames
{
    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
    };

    public static string Of(PropertyInfo property) => Of(Nullability.Create(property));

    public static string Of(FieldInfo field) => Of(Nullability.Create(field));

    public static string Of(ParameterInfo parameter) => Of(Nullability.Create(parameter));

    /// <summary>The type's name with its own generic parameters.</summary>
    public static string Of(Type type, bool qualified)
    {
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        if (type.IsByRef || type.IsPointer) return Of(type.GetElementType()!, qualified);
        if (type.IsArray) return $"{Of(type.GetElementType()!, qualified)}[]";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return $"{Of(underlying, qualified)}?";
        var arguments = type.GetGenericArguments();
        return Name(type, qualified) + (arguments is [] ? "" : $"<{string.Join(", ", arguments.Select(argument => Of(argument, qualified: false)))}>");
    }

    private static string Of(NullabilityInfo info)
    {
        var mark = info.ReadState == NullabilityState.Nullable && !info.Type.IsValueType ? "?" : "";
        if (info.ElementType is { } element) return $"{Of(element)}[]{mark}";
        if (info.GenericTypeArguments is [] || Nullable.GetUnderlyingType(info.Type) is not null) return Of(info.Type, qualified: false) + mark;
        return $"{Name(info.Type, qualified: false)}<{string.Join(", ", info.GenericTypeArguments.Select(Of))}>{mark}";
    }

    private static string Name(Type type, bool qualified)
    {
        var name = type.Name.Split('`')[0];
        if (type.IsGenericParameter) return name;
        if (type.DeclaringType is { } outer) return $"{Name(outer, qualified)}.{name}";
        return qualified ? $"{type.Namespace}.{name}" : name;
    }
}
