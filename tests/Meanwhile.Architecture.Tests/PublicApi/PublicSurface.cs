using System.Reflection;
using System.Runtime.CompilerServices;

namespace Meanwhile.Architecture.Tests.PublicApi;

/// <summary>Writes an assembly's public surface as text: a line for each type and member, in an order that does not depend on the source's.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IReadOnlyList<string> Of(Assembly assembly) =>
        [.. assembly.GetExportedTypes().Where(type => !type.Name.Contains('<', StringComparison.Ordinal) && !IsCompilerMade(type)).OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(Of)];

    private static IEnumerable<string> Of(Type type) =>
        [Header(type), .. Members(type).Order(StringComparer.Ordinal).Select(member => $"  {member}")];

    private static string Header(Type type)
    {
        var kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => "struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
        return $"{kind} {TypeNames.Of(type, qualified: true)}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum) return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), null)}");
        var accessors = type.GetProperties(Declared).SelectMany(property => property.GetAccessors(nonPublic: true)).ToHashSet();
        return
        [
            .. type.GetConstructors(Declared).Where(IsVisible).Select(constructor => $"{Modifiers(constructor)}new({Parameters(constructor)})"),
            .. type.GetFields(Declared).Where(field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName).Select(field => $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{TypeNames.Of(field)} {field.Name}"),
            .. type.GetProperties(Declared).Where(property => property.GetAccessors(nonPublic: true).Any(IsVisible)).Select(Property),
            .. type.GetMethods(Declared).Where(method => IsVisible(method) && !accessors.Contains(method) && !IsRecordPlumbing(method)).Select(Method),
        ];
    }

    private static string Property(PropertyInfo property)
    {
        var getter = property.GetMethod is { } get && IsVisible(get) ? "get; " : "";
        var setter = property.SetMethod is not { } set || !IsVisible(set) ? "" : IsInit(set) ? "init; " : "set; ";
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        var index = property.GetIndexParameters() is [_, ..] parameters ? $"[{string.Join(", ", parameters.Select(Parameter))}]" : "";
        return $"{Modifiers((property.GetMethod ?? property.SetMethod)!)}{required}{TypeNames.Of(property)} {property.Name}{index} {{ {getter}{setter}}}";
    }

    private static string Method(MethodInfo method)
    {
        var generic = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";
        return $"{Modifiers(method)}{TypeNames.Of(method.ReturnParameter)} {method.Name}{generic}({Parameters(method)})";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter) =>
        $"{(parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? "ref " : "")}{TypeNames.Of(parameter)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")}";

    private static string Modifiers(MethodBase method) =>
        (method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "") + (method.IsStatic ? "static " : method.IsAbstract && method.DeclaringType is { IsInterface: false } ? "abstract " : "");

    private static bool IsVisible(MethodBase method) => method.IsPublic || (method.IsFamily && !method.DeclaringType!.IsSealed) || method.IsFamilyOrAssembly;

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static bool IsCompilerMade(MemberInfo member) => member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    /// <summary>What every record has, and generated JSON contexts; it says nothing about us.</summary>
    private static bool IsRecordPlumbing(MethodInfo method) =>
        method.Name is "<Clone>$" or "PrintMembers" or "Equals" or "GetHashCode" or "ToString" or "op_Equality" or "op_Inequality" or "Deconstruct" || (IsCompilerMade(method) && method.IsFamily);
}
