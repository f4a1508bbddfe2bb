namespace Meanwhile.Postgres.Store.Sql;

/// <summary>Statements about partitions. Names and bounds are made of dates alone.</summary>
internal static class PartitionSql
{
    /// <summary>Gives a lock up soon: whoever waits for it holds up everybody behind.</summary>
    public const string Patience = "set local lock_timeout = '500ms'";

    /// <summary>The partitions of a table. Parameters: $1 schema, $2 table.</summary>
    public const string Of = // language=postgresql
        """
        select child.relname
        from pg_inherits
        join pg_class as parent on parent.oid = inhparent
        join pg_namespace on pg_namespace.oid = parent.relnamespace
        join pg_class as child on child.oid = inhrelid
        where pg_namespace.nspname = $1 and parent.relname = $2
        """;

    /// <summary>Makes one. {0} name, {1} table, {2} and {3} bounds.</summary>
    public const string Make = "create table meanwhile.{0} partition of meanwhile.{1} for values from ('{2}') to ('{3}')";

    /// <summary>Whether one is empty. {0} name.</summary>
    public const string IsEmpty = "select not exists (select from meanwhile.{0})";

    /// <summary>Drops one. {0} name.</summary>
    public const string Drop = "drop table meanwhile.{0}";

    /// <summary>Keeps others from adding to one while it is looked at. {0} name.</summary>
    public const string LockOne = "lock table meanwhile.{0} in access exclusive mode";

    /// <summary>Whether every event of a partition may go, and there are so many that single rows would take long. {0} name; $1 until, $2 at least so many batches.</summary>
    public const string MayGoWhole = // language=postgresql
        """
        select not exists (select from meanwhile.{0} where at > $1 or number is null)
            and (select count(*) from (select from meanwhile.{0} limit $2) as batches) = $2
        """;

    /// <summary>Remembers up to where each project's events are gone with a partition. {0} name.</summary>
    public const string DroppedTo = // language=postgresql
        """
        update meanwhile.project set events_dropped_to = greatest(events_dropped_to, gone.number * 128 + 127)
        from (select project_id, max(number) as number from meanwhile.{0} group by project_id) as gone
        where project.project_id = gone.project_id
        """;
}
