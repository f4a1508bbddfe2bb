using Meanwhile.Execution;
using Meanwhile.Registry;
using Meanwhile.Settings;
using Meanwhile.Sources;
using Meanwhile.Tools;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Meanwhile.Hosting;

/// <summary>Says what an engine is made of: a store, sources, tools, options.</summary>
public sealed class MeanwhileBuilder : IMeanwhileBuilder
{
    private readonly List<SourceDefinition> _shared = [];
    private readonly List<SourceRules> _rules = [];
    private readonly List<ToolDefinition> _tools = [];
    private bool _hasRules;

    internal MeanwhileBuilder(IServiceCollection services) => Services = services;

    /// <inheritdoc/>
    public IServiceCollection Services { get; }

    /// <summary>How the engine runs.</summary>
    public EngineOptions Options { get; } = new();

    internal IReadOnlyList<SourceDefinition> Shared => _shared;

    internal IReadOnlyList<ToolDefinition> Declared => _tools;

    internal IReadOnlyList<SourceRules>? Rules => _hasRules ? _rules : null;

    /// <summary>Changes how the engine runs.</summary>
    public MeanwhileBuilder Configure(Action<EngineOptions> configure)
    {
        configure(Options);
        return this;
    }

    /// <summary>Adds a tool of the application.</summary>
    public MeanwhileBuilder AddTool<TTool, TParams, TResult>()
        where TTool : class, ITool<TParams, TResult>
    {
        Services.TryAddSingleton<TTool>();
        Services.AddSingleton(new ToolRegistration((services, make) => make.Typed(services.GetRequiredService<TTool>())));
        return this;
    }

    /// <summary>Adds a tool of the application.</summary>
    public MeanwhileBuilder AddTool<TParams, TResult>(ITool<TParams, TResult> tool)
    {
        Services.AddSingleton(new ToolRegistration((_, make) => make.Typed(tool)));
        return this;
    }

    /// <summary>Adds a tool whose jobs workers or an HTTP endpoint run, and that the API can't change.</summary>
    public MeanwhileBuilder AddTool(ToolDefinition definition)
    {
        _tools.Add(definition);
        return this;
    }

    /// <summary>Adds a source that every project shares and the API can't change.</summary>
    public MeanwhileBuilder AddSource(SourceDefinition definition)
    {
        _shared.Add(definition with { Project = "", ByInstanceAdmin = true });
        return this;
    }

    /// <summary>Adds rules for sources that are defined through the API; without any, an instance admin may use every reference and others none.</summary>
    public MeanwhileBuilder Allow(IEnumerable<SourceRules> rules)
    {
        _hasRules = true;
        _rules.AddRange(rules);
        return this;
    }
}

/// <summary>How a registered tool is made once the engine has its store.</summary>
internal sealed record ToolRegistration(Func<IServiceProvider, IToolMaker, IToolRunner> Make);

/// <summary>Makes runners of typed tools.</summary>
internal interface IToolMaker
{
    /// <summary>A runner for a tool.</summary>
    IToolRunner Typed<TParams, TResult>(ITool<TParams, TResult> tool);
}
