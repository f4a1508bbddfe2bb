using System.CommandLine;
using Meanwhile.Access;
using Meanwhile.Cli.Problems;
using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Client;

namespace Meanwhile.Cli.Connections;

/// <summary>One invocation of a command that talks to a server.</summary>
internal sealed class Call : IDisposable
{
    private readonly AnswerRecorder _recorder = new();
    private readonly HttpClient _http;
    private readonly MeanwhileClient _client;

    public Call(ParseResult parse, Shell shell)
    {
        (Parse, Shell) = (parse, shell);
        var connection = ConnectionOptions.Shared;
        Json = connection.Json(parse);
        Server = connection.Server(parse, shell);
        var key = connection.Key(parse, shell) ?? throw new UsageException(
            $"There is no key for {Server}.", "Give one with --key or MEANWHILE_KEY, or run 'meanwhile login'.", ExitCode.Denied);
        _http = new HttpClient(Json ? _recorder : new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.All })
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan, // the client bounds each request by what it asks for
        };
        _client = new MeanwhileClient(new MeanwhileClientOptions { Server = Server, Key = key, Project = connection.Project(parse, shell) }, _http);
    }

    /// <summary>What was typed.</summary>
    public ParseResult Parse { get; }

    /// <summary>Where it was typed.</summary>
    public Shell Shell { get; }

    /// <summary>The server's address.</summary>
    public Uri Server { get; }

    /// <summary>Whether the server's answer is to be printed as it came.</summary>
    public bool Json { get; }

    /// <summary>The door to jobs.</summary>
    public IJobs Jobs => _client;

    /// <summary>The door to all else.</summary>
    public IAdministration Administration => _client;

    /// <summary>An option's value.</summary>
    public T? Get<T>(Option<T> option) => Parse.GetValue(option);

    /// <summary>An argument's value.</summary>
    public T Get<T>(Argument<T> argument) => Parse.GetRequiredValue(argument);

    /// <summary>Prints the server's last answer (<c>--json</c>), or else what <paramref name="forPeople"/> writes.</summary>
    public int Print(Action<TextWriter> forPeople)
    {
        if (Json) Shell.Out.WriteLine(_recorder.LastAnswer ?? "{}");
        else forPeople(Shell.Out);
        return ExitCode.Ok;
    }

    /// <summary>Prints a list as a table, and how to see the rest of it.</summary>
    public int Print(Table table, string? nextCursor)
    {
        Print(writer => table.WriteTo(writer, Shell.Width));
        if (!Json && table.Rows.Count == 0) Shell.Error.WriteLine("Nothing to show.");
        if (!Json && nextCursor is not null) Shell.Error.WriteLine($"There is more: --cursor {nextCursor}");
        return ExitCode.Ok;
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
        _recorder.Dispose();
    }
}
