using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Meanwhile.Architecture.Tests.Metadata;

/// <summary>Finds what a method body names.</summary>
internal static class IlTokens
{
    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value);

    /// <summary>The types, methods, fields and signatures that the instructions name.</summary>
    public static List<EntityHandle> Read(byte[] il)
    {
        List<EntityHandle> tokens = [];
        for (var at = 0; at < il.Length;)
        {
            var value = il[at++] is var first && first == 0xFE ? 0xFE00 | il[at++] : first;
            var operand = OpCodesByValue[value].OperandType;
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                tokens.Add((EntityHandle)MetadataTokens.Handle(BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(at))));
            at += SizeOf(operand, il, at);
        }

        return tokens;
    }

    private static int SizeOf(OperandType operand, byte[] il, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(at))),
        _ => 4,
    };
}
