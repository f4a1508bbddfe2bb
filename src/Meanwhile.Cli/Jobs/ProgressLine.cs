using Meanwhile.Cli.Shells;
using Meanwhile.Cli.Tables;
using Meanwhile.Jobs;

namespace Meanwhile.Cli.Jobs;

/// <summary>Shows a job's progress on standard error: one line written over and over on a terminal, elsewhere a line for each status.</summary>
internal sealed class ProgressLine(Shell shell)
{
    private string? _shown;

    /// <summary>Shows where the job is.</summary>
    public void Show(Job job)
    {
        if (shell.ErrorIsTerminal) WriteOver(ProgressText.Line(job, shell.Time.GetUtcNow()));
        else if (_shown != job.Status.Word) shell.Error.WriteLine(ProgressText.Line(job, shell.Time.GetUtcNow()));
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

    private void WriteOver(string line) => shell.Error.Write($"\r\u001b[K{Printable.Shorten(line, (shell.Width ?? 80) - 1)}");
}
