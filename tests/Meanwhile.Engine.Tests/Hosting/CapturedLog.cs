using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Meanwhile.Hosting;

/// <summary>Keeps everything that is logged.</summary>
internal sealed class CapturedLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<(string Text, TaskCompletionSource Said)> _awaited = new();

    public string Text => string.Join('\n', _lines);

    /// <summary>Ends once a text was logged.</summary>
    public Task SaidAsync(string text)
    {
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited.Enqueue((text, said));
        if (Text.Contains(text, StringComparison.Ordinal)) said.TrySetResult();
        return said.Task;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = $"{logLevel}: {formatter(state, exception)} {exception}";
        _lines.Enqueue(line);
        foreach (var (text, said) in _awaited)
        {
            if (line.Contains(text, StringComparison.Ordinal)) said.TrySetResult();
        }
    }

    public void Dispose()
    {
    }
}
