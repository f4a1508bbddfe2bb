using Meanwhile.Postgres.Store.Partitions;

namespace Meanwhile.Postgres.Tests.Store;

public sealed class PartitionPlanTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Partitions_follow_each_other_without_a_gap()
    {
        foreach (var plan in PartitionPlan.All)
        {
            var partition = plan.At(Noon);
            Assert.Equal(partition.To, plan.At(partition.EndsAt).From);
            Assert.NotEqual(partition.Name, plan.At(partition.EndsAt).Name);
            Assert.Equal(partition, plan.At(partition.EndsAt.AddTicks(-1)));
        }
    }

    [Fact]
    public void A_partition_is_found_by_its_name_and_no_other_name_is_one()
    {
        foreach (var plan in PartitionPlan.All)
        {
            Assert.Equal(plan.At(Noon), plan.Parse(plan.At(Noon).Name));
            Assert.Null(plan.Parse($"{plan.Table}_default"));
            Assert.Null(plan.Parse($"{plan.Table}_20261399"));
        }
    }

    [Fact]
    public void Ids_of_a_day_are_between_its_bounds()
    {
        var partition = new PartitionPlan("body", 1, true).At(Noon);

        Assert.Equal("019acd3a-b800-0000-0000-000000000000".Length, partition.From.Length);
        Assert.True(Guid.Parse(partition.From) < Guid.CreateVersion7(Noon) && Guid.CreateVersion7(Noon) < Guid.Parse(partition.To));
    }
}
