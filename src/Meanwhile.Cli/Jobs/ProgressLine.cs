using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Jobs;

namespace Meanwhile.Cli.Jobs;

/// <summary>Shows a job's progress on standard error: one line written over and over on a terminal, elsewhere a line now and then, and none for a job that ends at once.</summary>
internal sealed class ProgressLine(Shell shell)
{
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(10);

    private readonly long _began = shell.Time.GetTimestamp();
    private long? _wroteAt;
    private string? _shown;

    /// <summary>After how long there is something to show though nothing has changed.</summary>
    public TimeSpan NextIn => shell.ErrorIsTerminal || _wroteAt is null ? SilentFor : LineEvery;

    /// <summary>Shows where the job is.</summary>
    public void Show(Job job)
    {
        if (shell.ErrorIsTerminal) WriteOver(ProgressText.Line(job, shell.Time.GetUtcNow()));
        else WriteNowAndThen(job);
        _shown = job.Status.Word;
    }

    /// <summary>Says something besides, on a line of its own.</summary>
    public void Say(string sentence)
    {
        Clear();
        shell.Error.WriteLine(sentence);
    }

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        if (shell.ErrorIsTerminal && _shown is not null) shell.Error.Write("\r\u001b[K");
        _shown = null;
    }

    /// <summary>The ending is worth a line only when there were others before.</summary>
    private void WriteNowAndThen(Job job)
    {
        var due = _wroteAt is { } last ? job.Status.IsFinal || shell.Time.GetElapsedTime(last) >= LineEvery : !job.Status.IsFinal && shell.Time.GetElapsedTime(_began) >= SilentFor;
        if (!due) return;
        shell.Error.WriteLine(ProgressText.Line(job, shell.Time.GetUtcNow()));
        _wroteAt = shell.Time.GetTimestamp();
    }

    private void WriteOver(string line) => shell.Error.Write($"\r\u001b[K{Printable.Shorten(line, (shell.Width ?? 80) - 1)}");
}
