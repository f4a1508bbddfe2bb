using System.Text.Json;
using Meanwhile.Access;
using Meanwhile.Contracts;
using Meanwhile.Jobs;
using Meanwhile.Nodes;
using Meanwhile.Registry;
using Meanwhile.Sources;

namespace Meanwhile.Client;

/// <summary>What configures an instance, as the wire tells it.</summary>
internal static class AdministrationMapping
{
    extension(SourceResource source)
    {
        public SourceInfo ToInfo() => new(
            new SourceDefinition(source.Project ?? "", source.Name, source.Type, source.Settings, source.Options.ToOptions()), source.FromConfiguration, source.Version, source.UpdatedAt);
    }

    extension(SourceOptionsResource options)
    {
        private SourceOptions ToOptions()
        {
            var defaults = new SourceOptions();
            return new SourceOptions
            {
                ReadOnly = options.ReadOnly ?? defaults.ReadOnly,
                Concurrency = options.Concurrency,
                StatementTimeout = options.StatementTimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                RowsMax = options.MaxRows,
                ResultBytesMax = options.MaxResultBytes,
                CellBytesMax = options.MaxCellBytes ?? defaults.CellBytesMax,
            };
        }
    }

    extension(SourceRequest request)
    {
        public SourceSubmission ToSubmission() => new()
        {
            Name = request.Name,
            Type = request.Type,
            Settings = request.Settings,
            Options = new SourceOptionsResource
            {
                ReadOnly = request.Options.ReadOnly,
                Concurrency = request.Options.Concurrency,
                StatementTimeoutSeconds = request.Options.StatementTimeout?.TotalSeconds,
                MaxRows = request.Options.RowsMax,
                MaxResultBytes = request.Options.ResultBytesMax,
                MaxCellBytes = request.Options.CellBytesMax,
            },
        };
    }

    extension(SourceProbeResource probe)
    {
        public SourceProbe ToProbe() => new(probe.Name, probe.Error?.ToError(), TimeSpan.FromMilliseconds(probe.TookMs));
    }

    extension(ProjectResource project)
    {
        public ProjectInfo ToInfo() => new(project.Name, project.DisplayName, project.Weight, project.Version, project.UpdatedAt);
    }

    extension(KeyResource key)
    {
        public KeyInfo ToInfo() => new(
            key.KeyId,
            key.Project,
            key.Name,
            Roles.FromWord(key.Role) ?? throw new JsonException($"The server's role '{key.Role}' is not known here; it may be newer than this client."),
            key.OwnJobsOnly,
            key.InstanceAdmin,
            key.CreatedAt,
            key.ExpiresAt,
            key.RevokedAt)
        {
            Sources = key.Sources,
            RotatedAt = key.RotatedAt,
            OldSecretUntil = key.OldSecretUntil,
        };
    }

    extension(LimitResource limit)
    {
        public LimitInfo ToInfo() => new(limit.Key, limit.Max, limit.Version, limit.UpdatedAt);
    }

    extension(QuotaLimits limits)
    {
        public QuotaLimitsResource ToResource() => new()
        {
            LiveJobs = limits.LiveJobs,
            SubmissionsPerMinute = limits.SubmissionsPerMinute,
            SubmissionsPerDay = limits.SubmissionsPerDay,
            ResultBytes = limits.ResultBytes,
        };
    }

    extension(QuotaResource quota)
    {
        public QuotaInfo ToInfo()
        {
            var (limits, used) = (quota.Limits, quota.Used);
            return new QuotaInfo(
                quota.Key,
                new QuotaLimits { LiveJobs = limits.LiveJobs, SubmissionsPerMinute = limits.SubmissionsPerMinute, SubmissionsPerDay = limits.SubmissionsPerDay, ResultBytes = limits.ResultBytes },
                new Stores.Usage(used.LiveJobs, used.SubmissionsPerMinute, used.SubmissionsPerDay, used.ResultBytes ?? 0),
                quota.Version,
                quota.UpdatedAt);
        }
    }

    extension(AuditResource entry)
    {
        public AuditEntry ToEntry() => new(Guid.Parse(entry.Id), entry.At, entry.Project ?? "", entry.Principal, entry.Action, entry.Subject, entry.Detail?.ToString());
    }

    extension(StatsResource stats)
    {
        public Stats ToStats() => new()
        {
            Jobs = [.. stats.Jobs.Select(pair => (Status: JobStatuses.FromWord(pair.Key), pair.Value)).Where(pair => pair.Status is not null).Select(pair => new Stores.StatusCount(pair.Status!.Value, pair.Value))],
            NodeRunning = stats.NodeRunning,
            NodeConcurrency = stats.NodeConcurrency,
            Uptime = TimeSpan.FromSeconds(stats.UptimeSeconds),
            FreeBytes = stats.FreeBytes,
            MemoryBytes = stats.MemoryBytes,
        };
    }

    extension(NodeResource node)
    {
        public NodeInfo ToInfo() => new(
            new NodeEpoch(node.Node, node.Epoch), new NodeRegistration(node.Node, node.Host, node.ProcessId, node.Version, NodeRoleWords.FromWords(node.Roles) ?? NodeRoles.All) { Tools = node.Tools ?? [] }, node.RegisteredAt, node.EndedAt, node.RunningCount, node.Status is "draining" or "drained");
    }

    extension<TResource>(ListResource<TResource> list)
    {
        public Page<T> ToPage<T>(Func<TResource, T> map) => new([.. list.Items.Select(map)], list.NextCursor);
    }
}
