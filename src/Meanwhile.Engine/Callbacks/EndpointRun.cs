using Meanwhile.Execution;
using Meanwhile.Jobs;
using Meanwhile.Problems;
using Meanwhile.Tools;
using Meanwhile.Workers;

namespace Meanwhile.Callbacks;

/// <summary>One attempt of a call: sends it, unless an earlier attempt has, and then holds nothing but its place until the answer comes.</summary>
/// <remarks>
/// 1. What is about to be sent is stored first, so that a crash can't have it sent twice under two names. 2. The call is sent. 3. An outcome in the answer ends the attempt; 202 has it wait.
/// 4. The callback, taken by any node, writes the ending under the attempt's fence; the attempt sees that it is over and writes nothing.
/// </remarks>
internal sealed class EndpointRun(Attempt attempt, ToolDefinition tool, EndpointServices services) : IWork
{
    /// <summary>How often to look whether the answer came by another node, whose hint may have been lost.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private readonly EndpointRequests _requests = new(attempt, tool, services);
    private readonly TaskCompletionSource<WorkOutcome> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _mayHaveArrived;
    private volatile int _call;

    /// <inheritdoc/>
    public Task<WorkOutcome> Completion { get; private set; } = Task.FromResult<WorkOutcome>(new WorkOutcome.Interrupted());

    private bool MayRepeat => tool.Descriptor.Repeatable || attempt.Spec.Idempotent;

    /// <summary>Starts it.</summary>
    public EndpointRun Start()
    {
        Completion = RunAsync();
        return this;
    }

    /// <inheritdoc/>
    public async ValueTask<string> CancelAsync(CancellationToken cancellationToken)
    {
        var isWanted = attempt.Stopping is { IsCompletedSuccessfully: true, Result: StopReason.Cancel or StopReason.Timeout } && !attempt.Fenced.IsCompleted;
        if (!isWanted || !_mayHaveArrived) return Stop("No call was under way here.");
        if (tool.Endpoint!.CancelUrl is not { } url) return "The endpoint can't be told: the tool has no cancel_url. Its answer is awaited.";
        var answer = await _requests.CancelAsync(url, _call, cancellationToken);
        return answer switch
        {
            EndpointAnswer.Answered { Status: 202 } => "The endpoint answered 202: it is stopping, and its answer is awaited.",
            EndpointAnswer.Answered { Status: 404 or 410 } gone => Stop($"The endpoint answered {gone.Status}: it does no such work."),
            EndpointAnswer.Answered { Status: >= 200 and < 300 } done => Stop($"The endpoint answered {done.Status}: it has stopped."),
            EndpointAnswer.Answered other => $"The endpoint answered {other.Status}; its answer to the call is awaited.",
            _ => "The endpoint could not be told; its answer to the call is awaited.",
        };
    }

    private string Stop(string answer)
    {
        _stopped.TrySetResult(new WorkOutcome.Interrupted(WithoutEffect: true));
        return answer;
    }

    private async Task<WorkOutcome> RunAsync()
    {
        await Task.Yield(); // whoever supervises must listen before anything ends
        try
        {
            attempt.Journal.Enter(JobPhase.Executing);
            return CallState.Begin(CallState.Read(attempt.Checkpoint), attempt.Fence.Attempt, MayRepeat) switch
            {
                CallStep.Send send => await SendAsync(send.Call),
                CallStep.Await known => await AwaitAsync(known.Call),
                _ => new WorkOutcome.Failed(CallErrors.Of(new EndpointAnswer.Lost("the node that sent the call was lost."), mayRepeat: false)),
            };
        }
        catch (OperationCanceledException) when (_stopped.Task.IsCompleted || attempt.Fenced.IsCompleted)
        {
            return new WorkOutcome.Interrupted(WithoutEffect: true);
        }
        catch (ProblemException unusable) // a header refers to nothing, or the server does not know its own address
        {
            return new WorkOutcome.Failed(JobError.Of(ErrorKind.Internal, unusable.Message, "endpoint_unusable"));
        }
        catch (Exception exception) // our own fault: the job must still end
        {
            return new WorkOutcome.Failed(JobError.Of(ErrorKind.Internal, $"{exception.GetType().Name}: {exception.Message}"));
        }
    }

    private async Task<WorkOutcome> SendAsync(int call)
    {
        var request = _requests.Make(call); // what can't be made is not marked as sent
        await SaveAsync(call, CallStage.Sending);
        (_call, _mayHaveArrived, attempt.EffectsBegun) = (call, true, !tool.Descriptor.Repeatable);
        var answer = await CallAsync(request);
        if (CallErrors.IsLater(answer))
        {
            await SaveAsync(call, CallStage.Delivered);
            return await AwaitAsync(call);
        }

        if (answer is EndpointAnswer.Answered { Status: < 300, Finish: { } finish, Fault: null }) return await EndAsync(call, finish);
        if (CallErrors.IsRefusal(answer))
        {
            await SaveAsync(call, CallStage.Refused);
            attempt.EffectsBegun = false;
        }

        return new WorkOutcome.Failed(CallErrors.Of(answer, MayRepeat));
    }

    /// <summary>Sends, unless the attempt is to stop meanwhile.</summary>
    private async ValueTask<EndpointAnswer> CallAsync(EndpointCall request)
    {
        using var sending = new CancellationTokenSource();
        var answer = services.Caller.CallAsync(request, sending.Token).AsTask();
        if (await Task.WhenAny(answer, _stopped.Task, attempt.Fenced) != answer) sending.Cancel(); // not CancelAsync, which would leave the thread that drives the engine
        return await answer;
    }

    private async ValueTask<WorkOutcome> EndAsync(int call, WorkerFinish finish)
    {
        if (finish.Outcome is WorkerOutcome.Failed or WorkerOutcome.Snoozed) await SaveAsync(call, CallStage.Answered); // the next attempt makes another call
        return FinishRules.Work(finish, attempt.Fence, null);
    }

    /// <summary>Waits until the attempt is over: its ending is written by whoever takes the callback.</summary>
    private async Task<WorkOutcome> AwaitAsync(int call)
    {
        (_call, _mayHaveArrived) = (call, true);
        attempt.Journal.Enter(JobPhase.QueuedRemote);
        attempt.Park();
        while (true)
        {
            using var changed = services.Changes.Jobs.Arm(attempt.Fence.Job);
            if (_stopped.Task.IsCompleted || attempt.Fenced.IsCompleted || await IsOverAsync()) return new WorkOutcome.Interrupted(WithoutEffect: true);
            using var round = new CancellationTokenSource();
            await Task.WhenAny(changed.Fired, _stopped.Task, attempt.Fenced, Task.Delay(LookEvery, services.Time, round.Token));
            round.Cancel();
        }
    }

    private async ValueTask<bool> IsOverAsync()
    {
        var found = await services.Patience.AskAsync("looking for an endpoint's answer", stop => services.Reader.GetAsync([attempt.Fence.Job], stop), CancellationToken.None);
        if (found[0] is { State: { Status: JobStatus.Running } state } && state.Fence == attempt.Fence.Fence) return false;
        attempt.Stop(StopReason.Fenced);
        return true;
    }

    private async ValueTask SaveAsync(int call, CallStage stage)
    {
        var text = new CallState(call, stage, attempt.Fence.Attempt).Write();
        var written = await services.Patience.AskAsync("storing how far a call is", stop => services.Store.SaveCheckpointAsync(attempt.Fence, text, stop), CancellationToken.None);
        if (written == WriteResult.Applied) return;
        attempt.Stop(StopReason.Fenced); // the answer came already, or the attempt has another owner
        throw new OperationCanceledException($"Attempt {attempt.Fence} is over.");
    }
}
