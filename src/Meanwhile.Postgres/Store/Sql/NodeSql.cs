namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements about nodes.</summary>
internal static class NodeSql
{
    /// <summary>Locks the epochs of a name until the registration is through. Parameters: $1 name.</summary>
    public const string LockName = "select pg_advisory_xact_lock(hashtextextended('meanwhile.node ' || $1, 0))";

    /// <summary>Locks the living epochs of a name. Parameters: $1 name.</summary>
    public const string LockLiving = "select node_id, epoch from meanwhile.node where name = $1 and ended_at is null order by node_id for update";

    /// <summary>Locks an epoch if it lives. Parameters: $1 name, $2 epoch.</summary>
    public const string LockOne = "select node_id, epoch from meanwhile.node where name = $1 and epoch = $2 and ended_at is null for update";

    /// <summary>Locks every living epoch.</summary>
    public const string LockAll = "select node_id, name, epoch from meanwhile.node where ended_at is null order by node_id for update";

    /// <summary>Begins an epoch. Parameters: $1 name, $2 host, $3 process_id, $4 version, $5 now or null, $6 roles, $7 tools.</summary>
    public const string Register = // language=postgresql
        """
        insert into meanwhile.node (name, epoch, host, process_id, version, registered_at, roles, tools)
        select $1, 1 + coalesce(max(epoch), 0), $2, $3, $4, coalesce($5::timestamptz, clock_timestamp()), $6, $7 from meanwhile.node where name = $1
        returning node_id, epoch
        """;

    /// <summary>Parameters: $1 node_id, $2 now or null.</summary>
    public const string End = "update meanwhile.node set ended_at = coalesce($2::timestamptz, clock_timestamp()) where node_id = $1";

    /// <summary>Raises a living node's counter, and tells what the time is. Parameters: $1 name, $2 epoch.</summary>
    public const string Beat = "update meanwhile.node set counter = counter + 1 where name = $1 and epoch = $2 and ended_at is null returning draining, clock_timestamp()";

    /// <summary>Has living nodes claim nothing, or claim again. Parameters: $1 name, $2 draining.</summary>
    public const string SetDraining = "update meanwhile.node set draining = $2 where name = $1 and ended_at is null returning node_id";

    /// <summary>Tells the other nodes. Parameters: $1 what, as JSON.</summary>
    public const string Tell = "select pg_notify('meanwhile.wake', $1)";

    /// <summary>Hears what they tell.</summary>
    public const string Listen = "listen \"meanwhile.wake\"";

    /// <summary>Living nodes.</summary>
    public const string Living = "select name, epoch, counter from meanwhile.node where ended_at is null order by node_id";

    /// <summary>An epoch's row. Parameters: $1 name, $2 epoch.</summary>
    public const string Id = "select node_id from meanwhile.node where name = $1 and epoch = $2";

    /// <summary>Whether an epoch lives. Parameters: $1 node_id.</summary>
    public const string Lives = "select ended_at is null from meanwhile.node where node_id = $1";

    /// <summary>The ids of a node's running jobs. Parameters: $1 node_id, $2 limit.</summary>
    public const string Running = "select job_id from meanwhile.job where owner_id = $1 and status = 2 order by job_id limit $2";

    /// <summary>Living nodes, then ended ones, each newest first. Parameters: $1 limit.</summary>
    public const string List = // language=postgresql
        """
        select name, epoch, host, process_id, version, registered_at, ended_at, roles, draining,
            case when ended_at is null then coalesce(running.jobs, 0) else 0 end,
            tools
        from meanwhile.node
        left join (select owner_id, count(*) as jobs from meanwhile.job where status = 2 group by owner_id) as running on running.owner_id = node.node_id
        order by ended_at is not null, node_id desc limit $1
        """;
}
