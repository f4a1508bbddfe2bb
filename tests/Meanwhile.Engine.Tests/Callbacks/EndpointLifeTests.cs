using System.Text.Json;
using System.Threading.Channels;
using Meanwhile.Access;
using Meanwhile.Blobs;
using Meanwhile.Hosting;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Problems;
using Meanwhile.Testing.Stores;
using Meanwhile.Tools;
using Meanwhile.Workers;
using Microsoft.Extensions.DependencyInjection;

namespace Meanwhile.Callbacks;

/// <summary>Calls of endpoints over restarts, rescues and lost answers.</summary>
public sealed class EndpointLifeTests : IAsyncLifetime
{
    private readonly ScriptedEndpoint _endpoint = new();
    private TestEngine _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await StartAsync();

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task A_delivered_call_is_not_made_again_after_a_restart_and_its_answer_is_taken()
    {
        var job = await SubmitAsync();
        var call = await _endpoint.NextAsync();
        await DeliveredAsync(job);

        await RestartAsync();
        await _engine.UntilAsync(job, seen => seen.Record.State is { Status: JobStatus.Running, Attempt: 2 });
        var status = await AnswerAsync(call);

        Assert.Equal((JobStatus.Succeeded, false), (status, _endpoint.HasMore));
        Assert.Equal(0, (await _engine.EndedAsync(job)).Record.State.AttemptsCounted);
    }

    [Fact]
    public async Task A_delivered_call_outlives_the_node_that_made_it()
    {
        var job = await SubmitAsync();
        var call = await _endpoint.NextAsync();
        await DeliveredAsync(job);

        await _engine.Store.DeclareDeadAsync(new NodeEpoch("node", 1), default);
        var status = await AnswerAsync(call);

        Assert.Equal((JobStatus.Succeeded, false), (status, _endpoint.HasMore));
        Assert.Equal(JobStatus.Succeeded, await AnswerAsync(call));
    }

    [Fact]
    public async Task An_answer_that_comes_before_the_call_was_answered_is_taken()
    {
        var gate = new TaskCompletionSource();
        _endpoint.OnCall = async _ =>
        {
            await gate.Task;
            return new EndpointAnswer.Answered(202, null, null, null);
        };
        var job = await SubmitAsync();
        var call = await _endpoint.NextAsync();

        Assert.Equal(JobStatus.Succeeded, await AnswerAsync(call));
        gate.SetResult();

        var ended = await _engine.EndedAsync(job);
        Assert.Equal((JobStatus.Succeeded, 1), (ended.Status, ended.Record.State.Attempt));
    }

    [Theory]
    [InlineData("t", true)]
    [InlineData("once", false)]
    public async Task A_call_of_which_nobody_knows_whether_it_arrived_is_sent_again_under_its_key_or_is_in_doubt(string tool, bool again)
    {
        _endpoint.OnCall = _ => Task.FromResult<EndpointAnswer>(new EndpointAnswer.Lost("cut."));
        var job = (await _engine.Jobs.SubmitAsync(new JobRequest { Tool = tool }, default)).Job.Id;
        var first = await _endpoint.NextAsync();

        if (again) Assert.Equal(first.IdempotencyKey, (await _endpoint.NextAsync()).IdempotencyKey);
        else Assert.Equal(ErrorKind.UnknownOutcome, (await _engine.EndedAsync(job)).Record.State.Error!.Type);
    }

    [Fact]
    public async Task What_was_refused_is_called_again_under_another_key()
    {
        _endpoint.OnCall = _ => Task.FromResult<EndpointAnswer>(new EndpointAnswer.Unreachable("nobody there."));
        await SubmitAsync();

        var (first, second) = (await _endpoint.NextAsync(), await _endpoint.NextAsync());

        Assert.EndsWith("-1", first.IdempotencyKey, StringComparison.Ordinal);
        Assert.EndsWith("-2", second.IdempotencyKey, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snooze_has_the_endpoint_called_again_later_and_spends_no_attempt()
    {
        var job = await SubmitAsync();
        var first = await _endpoint.NextAsync();
        await DeliveredAsync(job);

        Assert.Equal(JobStatus.Pending, await AnswerAsync(first, new WorkerFinish { Outcome = WorkerOutcome.Snoozed, Delay = TimeSpan.Zero }));
        var second = await _endpoint.NextAsync();

        Assert.EndsWith("-2", second.IdempotencyKey, StringComparison.Ordinal);
        Assert.Equal(JobStatus.Succeeded, await AnswerAsync(second));
        Assert.Equal(0, (await _engine.EndedAsync(job)).Record.State.AttemptsCounted);
    }

    [Fact]
    public async Task Without_a_cancel_url_a_cancelled_call_is_followed_until_it_answers()
    {
        var job = await SubmitAsync();
        var call = await _endpoint.NextAsync();
        await DeliveredAsync(job);

        await _engine.Jobs.CancelAsync(job.ToString(), default);
        var told = await _engine.UntilAsync(job, seen => seen.Record.State.Cancel?.SentAt is not null);
        Assert.Contains("no cancel_url", told.Record.State.Cancel!.Answer, StringComparison.Ordinal);

        Assert.Equal(JobStatus.Succeeded, await AnswerAsync(call)); // what really ended keeps its ending
    }

    [Fact]
    public async Task A_server_that_does_not_know_its_own_address_says_so()
    {
        await using var engine = await StartAsync(announce: false);

        var ended = await engine.RunAsync(new JobRequest { Tool = "t" });

        Assert.Equal("endpoint_unusable", ended.Record.State.Error!.Code);
        Assert.Contains("public_url", ended.Record.State.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_in_a_header_that_points_at_nothing_is_named_and_not_the_value()
    {
        await using var engine = await StartAsync(header: "${env:MEANWHILE_NOT_THERE}");

        var ended = await engine.RunAsync(new JobRequest { Tool = "t" });

        Assert.Contains("MEANWHILE_NOT_THERE", ended.Record.State.Error!.Message, StringComparison.Ordinal);
        Assert.False(_endpoint.HasMore);
    }

    [Fact]
    public async Task A_public_address_keeps_its_path()
    {
        await using var engine = await StartAsync(announce: false, publicUrl: new Uri("https://jobs.example.org/meanwhile/"));
        await engine.Jobs.SubmitAsync(new JobRequest { Tool = "t" }, default);

        Assert.StartsWith("https://jobs.example.org/meanwhile/v1/callbacks/", UrlOf(await _endpoint.NextAsync()), StringComparison.Ordinal);
    }

    private async Task<TestEngine> StartAsync(ModelStore? store = null, ModelBlobStore? blobs = null, bool announce = true, string header = "x", Uri? publicUrl = null)
    {
        var endpoint = new HttpEndpoint { Url = new Uri("http://127.0.0.1:9/"), Headers = new Dictionary<string, string> { ["X-Key"] = header } };
        var engine = await TestEngine.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton<IEndpointCaller>(_endpoint);
                builder.Options.PublicUrl = publicUrl;
                builder.AddTool(new ToolDefinition { Descriptor = new ToolDescriptor { Name = "t", Description = "x" }, Kind = ToolKind.Http, Endpoint = endpoint });
                builder.AddTool(new ToolDefinition { Descriptor = new ToolDescriptor { Name = "once", Description = "x", Repeatable = false }, Kind = ToolKind.Http, Endpoint = endpoint });
            },
            store,
            blobs);
        if (announce) engine.Host.Announce("http://127.0.0.1:8080");
        return engine;
    }

    private async Task RestartAsync()
    {
        await _engine.DisposeAsync();
        _engine = await StartAsync(_engine.Store, _engine.Blobs);
    }

    private async Task<JobId> SubmitAsync() => (await _engine.Jobs.SubmitAsync(new JobRequest { Tool = "t" }, default)).Job.Id;

    private Task<Job> DeliveredAsync(JobId job) => _engine.UntilAsync(job, seen => seen.Record.Progress?.Phase == JobPhase.QueuedRemote);

    private ValueTask<JobStatus> AnswerAsync(EndpointCall call, WorkerFinish? finish = null) =>
        _engine.Host.AnswerCallbackAsync(UrlOf(call).Split('/')[^1], finish ?? new WorkerFinish { Outcome = WorkerOutcome.Succeeded }, default);

    private static string UrlOf(EndpointCall call) => JsonElement.Parse(call.Body.Span).GetProperty("callback_url").GetString()!;

    /// <summary>The way out to endpoints, as tests need it: what is sent, and what comes of it.</summary>
    private sealed class ScriptedEndpoint : IEndpointCaller
    {
        private readonly Channel<EndpointCall> _calls = Channel.CreateUnbounded<EndpointCall>();

        public Func<EndpointCall, Task<EndpointAnswer>> OnCall { get; set; } = _ => Task.FromResult<EndpointAnswer>(new EndpointAnswer.Answered(202, null, null, null));

        public bool HasMore => _calls.Reader.TryPeek(out _);

        public async Task<EndpointCall> NextAsync()
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            return await _calls.Reader.ReadAsync(patience.Token);
        }

        public async ValueTask<EndpointAnswer> CallAsync(EndpointCall call, CancellationToken cancellationToken)
        {
            await _calls.Writer.WriteAsync(call, cancellationToken);
            return await OnCall(call);
        }
    }
}
