namespace Meanwhile.Sqlite.Store.Sql;

/// <summary>Statements about nodes.</summary>
internal static class NodeSql
{
    /// <summary>Living nodes.</summary>
    public const string Living = "select node_id, name, epoch, counter from node indexed by node_living where ended_at is null order by node_id";

    /// <summary>The highest epoch of a name; 0 when there is none. Parameters: name.</summary>
    public const string LastEpoch = "select coalesce(max(epoch), 0) from node where name = ?1";

    /// <summary>Parameters: name, epoch, host, process_id, version, registered_at, roles, tools.</summary>
    public const string Insert = "insert into node (name, epoch, host, process_id, version, registered_at, roles, tools) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

    /// <summary>Raises a living node's counter. Parameters: name, epoch.</summary>
    public const string Beat = "update node set counter = counter + 1 where name = ?1 and epoch = ?2 and ended_at is null";

    /// <summary>Whether a node is to claim nothing. Parameters: name, epoch.</summary>
    public const string IsDraining = "select draining from node where name = ?1 and epoch = ?2";

    /// <summary>Parameters: name, draining.</summary>
    public const string SetDraining = "update node set draining = ?2 where name = ?1 and ended_at is null";

    /// <summary>Parameters: node_id, ended_at.</summary>
    public const string End = "update node set ended_at = ?2 where node_id = ?1";

    /// <summary>An epoch's row. Parameters: name, epoch.</summary>
    public const string Id = "select node_id from node where name = ?1 and epoch = ?2";

    /// <summary>Living nodes, then ended ones, each newest first. Parameters: limit.</summary>
    public const string List = // language=sqlite
        """
        select name, epoch, host, process_id, version, registered_at, ended_at, roles, draining, running, tools
        from (
            select node_id, name, epoch, host, process_id, version, registered_at, ended_at, roles, draining, tools,
                (select count(*) from job indexed by job_running where status = 2 and owner_id = node_id) as running
            from node indexed by node_living where ended_at is null
            union all
            select * from (
                select node_id, name, epoch, host, process_id, version, registered_at, ended_at, roles, draining, tools, 0
                from node where ended_at is not null order by node_id desc limit ?1
            )
        )
        order by ended_at is not null, node_id desc limit ?1
        """;
}
