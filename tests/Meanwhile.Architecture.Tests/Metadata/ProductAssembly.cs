using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Meanwhile.Architecture.Tests.Metadata;

/// <summary>A compiled assembly of the product, read and never loaded.</summary>
internal sealed class ProductAssembly : IDisposable
{
    private readonly PEReader _file;

    private ProductAssembly(string name)
    {
        Name = name;
        _file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, $"{name}.dll")));
        Reader = _file.GetMetadataReader();
    }

    public string Name { get; }

    public MetadataReader Reader { get; }

    public IEnumerable<string> References => Reader.AssemblyReferences.Select(handle => Reader.GetString(Reader.GetAssemblyReference(handle).Name));

    public static ProductAssembly Open(string name) => new(name);

    /// <summary>The body of a method; null when it has none.</summary>
    public MethodBodyBlock? BodyOf(MethodDefinition method) => method.RelativeVirtualAddress == 0 ? null : _file.GetMethodBody(method.RelativeVirtualAddress);

    /// <summary>The type that a nested or compiler-made type was written in.</summary>
    public TypeDefinitionHandle OutermostOf(TypeDefinitionHandle handle)
    {
        while (Reader.GetTypeDefinition(handle).GetDeclaringType() is { IsNil: false } outer) handle = outer;
        return handle;
    }

    public string FullNameOf(TypeDefinitionHandle handle)
    {
        var type = Reader.GetTypeDefinition(handle);
        return $"{Reader.GetString(type.Namespace)}.{Reader.GetString(type.Name)}";
    }

    public void Dispose() => _file.Dispose();
}
