using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Meanwhile.Diagnostics;
using Meanwhile.Jobs;
using Meanwhile.Stores;
using Meanwhile.Tools;

namespace Meanwhile.Execution;

/// <summary>What a registered tool's work can tell, and keep.</summary>
internal sealed class ToolContext(Attempt attempt, IJobStore store, StorePatience patience) : IToolContext
{
    private const int CheckpointBytesMax = 64 * 1024;
    private string? _checkpoint = attempt.Checkpoint;

    /// <inheritdoc/>
    public JobId Job => attempt.Fence.Job;

    /// <inheritdoc/>
    public int Attempt => attempt.Fence.Attempt;

    /// <inheritdoc/>
    public void Progress(double? fraction, string? message = null) => attempt.Journal.Progress(fraction, message);

    /// <inheritdoc/>
    public void Count(string counter, long value) => attempt.Journal.Count(counter, value);

    /// <inheritdoc/>
    public void Log(string line) => attempt.Journal.Log.Append(line);

    /// <inheritdoc/>
    public T? Checkpoint<T>(JsonTypeInfo<T> json) => _checkpoint is { } text ? JsonSerializer.Deserialize(text, json) : default;

    /// <inheritdoc/>
    public async ValueTask SaveCheckpointAsync<T>(T checkpoint, JsonTypeInfo<T> json, CancellationToken cancellationToken)
    {
        var text = JsonSerializer.Serialize(checkpoint, json);
        if (Encoding.UTF8.GetByteCount(text) > CheckpointBytesMax) throw new ArgumentException($"A checkpoint has at most {CheckpointBytesMax} bytes of JSON.", nameof(checkpoint));
        var written = await patience.AskAsync("saving a checkpoint", stop => store.SaveCheckpointAsync(attempt.Fence, text, stop), cancellationToken);
        if (written != WriteResult.Applied)
        {
            attempt.Stop(StopReason.Fenced);
            throw new OperationCanceledException($"Attempt {attempt.Fence} has another owner.");
        }

        _checkpoint = text;
    }
}
