using Meanwhile.Server.Audit;
using Meanwhile.Server.Callbacks;
using Meanwhile.Server.Events;
using Meanwhile.Server.Health;
using Meanwhile.Server.Jobs;
using Meanwhile.Server.Keys;
using Meanwhile.Server.Limits;
using Meanwhile.Server.Nodes;
using Meanwhile.Server.OpenApi;
using Meanwhile.Server.Projects;
using Meanwhile.Server.Quotas;
using Meanwhile.Server.Results;
using Meanwhile.Server.Sources;
using Meanwhile.Server.Stats;
using Meanwhile.Server.Tools;
using Meanwhile.Server.Workers;

namespace Meanwhile.Server.Operations;

/// <summary>Everything that can be asked for over HTTP.</summary>
internal static class OperationTable
{
    /// <summary>Every operation.</summary>
    public static IReadOnlyList<Operation> All => field ??=
    [
        .. SubmitOperations.All,
        .. JobOperations.All,
        .. ResultOperations.All,
        .. EventOperations.All,
        .. SourceOperations.All,
        .. ProjectOperations.All,
        .. KeyOperations.All,
        .. LimitOperations.All,
        .. QuotaOperations.All,
        .. ToolOperations.All,
        .. WorkerOperations.All,
        .. WorkerJobOperations.All,
        .. CallbackOperations.All,
        .. AuditOperations.All,
        .. StatsOperations.All,
        .. NodeOperations.All,
        .. HealthOperations.All,
        OpenApiOperations.Document,
    ];
}
