using System.Reflection;
using System.Reflection.Metadata;
using Meanwhile.Architecture.Tests.Metadata;

namespace Meanwhile.Architecture.Tests.Layout;

public sealed class StaticStateTests
{
    [Theory]
    [MemberData(nameof(ArrowTests.Assemblies), MemberType = typeof(ArrowTests))]
    public void No_public_static_can_be_changed(string name)
    {
        using var assembly = ProductAssembly.Open(name);
        Assert.Empty(MutableFields(assembly).Concat(SettableProperties(assembly)));
    }

    private static IEnumerable<string> MutableFields(ProductAssembly assembly) =>
        from type in assembly.Reader.TypeDefinitions
        from handle in assembly.Reader.GetTypeDefinition(type).GetFields()
        let field = assembly.Reader.GetFieldDefinition(handle)
        where (field.Attributes & FieldAttributes.FieldAccessMask) == FieldAttributes.Public
            && field.Attributes.HasFlag(FieldAttributes.Static)
            && (field.Attributes & (FieldAttributes.InitOnly | FieldAttributes.Literal)) == 0
            && !assembly.Reader.GetString(field.Name).Contains('<', StringComparison.Ordinal) // the compiler's caches of lambdas
        select $"{assembly.FullNameOf(type)}.{assembly.Reader.GetString(field.Name)}";

    private static IEnumerable<string> SettableProperties(ProductAssembly assembly) =>
        from type in assembly.Reader.TypeDefinitions
        from handle in assembly.Reader.GetTypeDefinition(type).GetProperties()
        let property = assembly.Reader.GetPropertyDefinition(handle)
        let setter = property.GetAccessors().Setter
        where !setter.IsNil && IsPublicStatic(assembly.Reader.GetMethodDefinition(setter))
        select $"{assembly.FullNameOf(type)}.{assembly.Reader.GetString(property.Name)}";

    private static bool IsPublicStatic(MethodDefinition method) =>
        method.Attributes.HasFlag(MethodAttributes.Static) && (method.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public;
}
