using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Meanwhile.Architecture.Tests.Metadata;

/// <summary>Finds which types of an assembly each of its types uses: in bases, fields, signatures, constraints, attributes and method bodies.</summary>
internal sealed class TypeUses(ProductAssembly assembly)
{
    private static readonly DefinedTypes Decoder = new();
    private readonly MetadataReader _reader = assembly.Reader;

    /// <summary>Every pair of outermost types of which the first uses the second.</summary>
    public IEnumerable<(TypeDefinitionHandle User, TypeDefinitionHandle Used)> All() =>
        from handle in _reader.TypeDefinitions
        from used in UsedBy(_reader.GetTypeDefinition(handle))
        let pair = (User: assembly.OutermostOf(handle), Used: assembly.OutermostOf(used))
        where pair.User != pair.Used
        select pair;

    private IEnumerable<TypeDefinitionHandle> UsedBy(TypeDefinition type)
    {
        IEnumerable<TypeDefinitionHandle> shape =
        [
            .. Of(type.BaseType),
            .. type.GetInterfaceImplementations().SelectMany(handle => Of(_reader.GetInterfaceImplementation(handle).Interface)),
            .. type.GetFields().SelectMany(handle => _reader.GetFieldDefinition(handle).DecodeSignature(Decoder, null)),
            .. type.GetGenericParameters().SelectMany(handle => Constraints(handle)),
            .. type.GetCustomAttributes().SelectMany(handle => Of(_reader.GetCustomAttribute(handle).Constructor)),
        ];
        return shape.Concat(type.GetMethods().SelectMany(handle => UsedBy(_reader.GetMethodDefinition(handle))));
    }

    private List<TypeDefinitionHandle> UsedBy(MethodDefinition method)
    {
        var signature = method.DecodeSignature(Decoder, null);
        List<TypeDefinitionHandle> used = [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(types => types), .. method.GetGenericParameters().SelectMany(Constraints)];
        if (assembly.BodyOf(method) is not { } body) return used;
        if (!body.LocalSignature.IsNil) used.AddRange(_reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(Decoder, null).SelectMany(types => types));
        used.AddRange(body.ExceptionRegions.Where(region => !region.CatchType.IsNil).SelectMany(region => Of(region.CatchType)));
        used.AddRange(IlTokens.Read(body.GetILBytes()!).SelectMany(token => Of(token)));
        return used;
    }

    private IEnumerable<TypeDefinitionHandle> Constraints(GenericParameterHandle handle) =>
        _reader.GetGenericParameter(handle).GetConstraints().SelectMany(constraint => Of(_reader.GetGenericParameterConstraint(constraint).Type));

    private ImmutableArray<TypeDefinitionHandle> Of(EntityHandle handle)
    {
        if (handle.IsNil) return [];
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                return [(TypeDefinitionHandle)handle];
            case HandleKind.TypeSpecification:
                return _reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(Decoder, null);
            case HandleKind.MethodDefinition:
                return [_reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType()];
            case HandleKind.FieldDefinition:
                return [_reader.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType()];
            case HandleKind.MemberReference:
                return Of(_reader.GetMemberReference((MemberReferenceHandle)handle).Parent);
            case HandleKind.MethodSpecification:
                var method = _reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                return [.. Of(method.Method), .. method.DecodeSignature(Decoder, null).SelectMany(types => types)];
            default:
                return [];
        }
    }
}
