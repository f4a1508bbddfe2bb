// Embeds the engine, registers a tool, and crashes in the middle of its job on the first run. Run it again: it goes on from the checkpoint.
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Access;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Tools;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
builder.Services.AddMeanwhile(meanwhile => meanwhile.UseSqlite(args is [var directory] ? directory : "artifacts/embedding").AddTool(new SumTool()));
using var host = builder.Build();
await host.StartAsync();

var jobs = host.Services.GetRequiredService<IMeanwhile>().As(new Caller { Project = "default", Principal = "embedding" });
using var parameters = JsonDocument.Parse("""{"up_to": 10}""");
var accepted = await jobs.SubmitAsync(new JobRequest { Tool = "sum", Params = parameters.RootElement, IdempotencyKey = "the sum of ten numbers" }, default);
var job = accepted.Job;
while (!job.Status.IsFinal) job = await jobs.WaitAsync(job.Id.ToString(), etag: null, TimeSpan.FromSeconds(60), default);
Console.WriteLine($"{job.ShortId} {job.Status.Word}: {job.Record.State.Result?.Summary ?? job.Record.State.Error?.Message}");
await host.StopAsync();

internal sealed record SumParams(int UpTo);

internal sealed record SumSoFar(int Next, long Total);

internal sealed class SumTool : ITool<SumParams, SumSoFar>
{
    public ToolDescriptor Descriptor { get; } = new() { Name = "sum", Description = "Adds up the numbers from 1." };

    public JsonTypeInfo<SumParams> ParamsJson => SampleJson.Default.SumParams;

    public JsonTypeInfo<SumSoFar> ResultJson => SampleJson.Default.SumSoFar;

    public async Task<SumSoFar> RunAsync(SumParams parameters, IToolContext context, CancellationToken cancellationToken)
    {
        var sum = context.Checkpoint(SampleJson.Default.SumSoFar) ?? new SumSoFar(1, 0);
        Console.WriteLine($"attempt {context.Attempt} begins at {sum.Next}");
        while (sum.Next <= parameters.UpTo)
        {
            sum = new SumSoFar(sum.Next + 1, sum.Total + sum.Next);
            context.Progress((sum.Next - 1d) / parameters.UpTo);
            await context.SaveCheckpointAsync(sum, SampleJson.Default.SumSoFar, cancellationToken);
            if (context.Attempt == 1 && sum.Next == 6) Process.GetCurrentProcess().Kill(); // as a crash would: nothing is tidied up
        }

        return sum;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SumParams))]
[JsonSerializable(typeof(SumSoFar))]
internal sealed partial class SampleJson : JsonSerializerContext;
