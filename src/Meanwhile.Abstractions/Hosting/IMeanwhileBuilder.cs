using Microsoft.Extensions.DependencyInjection;

namespace Meanwhile.Hosting;

/// <summary>Says what an engine is made of; stores and sources add themselves by extension methods of it.</summary>
public interface IMeanwhileBuilder
{
    /// <summary>Where the parts are registered.</summary>
    IServiceCollection Services { get; }
}
