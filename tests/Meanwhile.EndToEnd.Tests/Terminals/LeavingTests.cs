using Meanwhile.Cli.Jobs;
using Meanwhile.Cli.Shells;

namespace Meanwhile.EndToEnd.Tests.Terminals;

public sealed class LeavingTests
{
    [Theory]
    [InlineData("c\n", nameof(OnInterrupt.Cancel), 1)]
    [InlineData("wat\n\nw\n", nameof(OnInterrupt.Ask), 3)]
    [InlineData("1\n2\n3\nc\n", nameof(OnInterrupt.Leave), 3)]
    [InlineData("", nameof(OnInterrupt.Leave), 1)]
    public async Task An_answer_that_is_none_is_asked_for_again_and_then_the_job_is_left_running(string answers, string choice, int questions)
    {
        using var interrupts = new Interrupts();
        using var error = new StringWriter();
        var shell = new Shell { Out = TextWriter.Null, Error = error, In = new StringReader(answers), IsInteractive = true, Variable = _ => null, OpenOut = () => Stream.Null };

        var chosen = await Leaving.AskAsync(shell, "j12345678", interrupts);

        Assert.Equal(choice, chosen.ToString());
        Assert.Equal(questions, error.ToString().Split("[c]ancel").Length - 1);
    }
}
