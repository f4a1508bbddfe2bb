namespace Meanwhile.EndToEnd.Tests.Running;

/// <summary>Tests that load or measure the machine: they run one after another, when no other test runs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class WholeMachine
{
    public const string Name = "the whole machine";
}
