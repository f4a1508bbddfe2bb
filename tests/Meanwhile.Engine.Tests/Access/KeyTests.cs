using System.Text.RegularExpressions;
using Meanwhile.Hosting;
using Meanwhile.Problems;
using Meanwhile.Registry;
using Meanwhile.Testing.Time;

namespace Meanwhile.Access;

public sealed partial class KeyTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private TestEngine _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await TestEngine.StartAsync(time: _clock);

    public async ValueTask DisposeAsync() => await _engine.DisposeAsync();

    [GeneratedRegex("^mw_[a-z2-7]{12}_[a-z2-7]{52}$")]
    private static partial Regex Token();

    [Fact]
    public async Task A_new_key_is_shown_once_stored_as_a_hash_and_is_who_it_says()
    {
        var made = await _engine.Administration.CreateKeyAsync(new KeyRequest { Name = "ci", OwnJobsOnly = true, ExpiresAt = _clock.GetUtcNow().AddHours(1) }, default);

        Assert.Matches(Token(), made.Token);
        var caller = await _engine.Host.AuthenticateAsync(made.Token, null, default);
        Assert.Equal(new Caller { Project = "default", Principal = made.Key.Id, Role = Role.Submitter, OwnJobsOnly = true }, caller);
        var stored = await ((IRegistry)_engine.Store).ListAsync(DocumentKinds.Key, null, null, 10, default);
        Assert.DoesNotContain(made.Token.Split('_')[2], string.Join(' ', stored) + _engine.Log);
        Assert.Contains((await _engine.Administration.ListKeysAsync(null, null, default)).Items, key => key == made.Key);
    }

    [Theory]
    [InlineData(Role.Admin, false)]
    [InlineData(Role.Submitter, true)]
    [InlineData(Role.Viewer, true)]
    public async Task An_admin_can_not_be_kept_to_its_own_jobs(Role role, bool isInstanceAdmin)
    {
        var refused = await TestEngine.RefusedAsync(() => _engine.Administration.CreateKeyAsync(new KeyRequest { Role = role, IsInstanceAdmin = isInstanceAdmin, OwnJobsOnly = true }, default));

        Assert.Equal("own_jobs_only", Assert.Single(refused.Errors).Field);
    }

    [Fact]
    public async Task A_viewer_can_not_be_kept_to_the_jobs_that_it_does_not_submit()
    {
        var refused = await TestEngine.RefusedAsync(() => _engine.Administration.CreateKeyAsync(new KeyRequest { Role = Role.Viewer, OwnJobsOnly = true }, default));

        Assert.Equal("own_jobs_only", Assert.Single(refused.Errors).Field);
    }

    [Fact]
    public async Task Sources_that_are_not_there_an_empty_list_and_sources_of_an_admin_are_refused()
    {
        Task<Problem> Refused(KeyRequest request) => TestEngine.RefusedAsync(() => _engine.Administration.CreateKeyAsync(request, default));

        Assert.Equal(["sources[1]"], (await Refused(new KeyRequest { Sources = ["db", "nowhere"] })).Errors.Select(error => error.Field));
        Assert.Equal(["sources"], (await Refused(new KeyRequest { Sources = [] })).Errors.Select(error => error.Field));
        Assert.Equal(["sources"], (await Refused(new KeyRequest { Sources = ["db"], Role = Role.Admin })).Errors.Select(error => error.Field));
        Assert.Equal(["sources"], (await Refused(new KeyRequest { Sources = ["db"], IsInstanceAdmin = true })).Errors.Select(error => error.Field));
        Assert.Equal(["sources"], (await Refused(new KeyRequest { Sources = [.. Enumerable.Repeat("db", 101)] })).Errors.Select(error => error.Field));
    }

    [Fact]
    public async Task A_life_that_is_none_is_refused()
    {
        foreach (var life in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromDays(3_651)])
            Assert.Equal("expires_in_days", Assert.Single((await TestEngine.RefusedAsync(() => _engine.Administration.CreateKeyAsync(new KeyRequest { ExpiresIn = life }, default))).Errors).Field);
        var both = new KeyRequest { ExpiresIn = TimeSpan.FromDays(1), ExpiresAt = _clock.GetUtcNow().AddDays(1) };
        Assert.Equal("expires_in_days", Assert.Single((await TestEngine.RefusedAsync(() => _engine.Administration.CreateKeyAsync(both, default))).Errors).Field);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mw")]
    [InlineData("mw_")]
    [InlineData("mw_id")]
    [InlineData("mw_id_")]
    [InlineData("mw__secret")]
    [InlineData("xx_id_secret")]
    [InlineData("mw_unknown_secret")]
    public async Task What_is_no_known_key_is_nobody(string token) => Assert.Null(await _engine.Host.AuthenticateAsync(token, null, default));

    [Fact]
    public async Task A_wrong_secret_an_expired_key_and_a_revoked_key_are_refused_and_audited_with_the_reason()
    {
        var made = await _engine.Administration.CreateKeyAsync(new KeyRequest { ExpiresAt = _clock.GetUtcNow().AddHours(1) }, default);
        var revoked = await _engine.Administration.CreateKeyAsync(new KeyRequest(), default);
        var info = await _engine.Administration.RevokeKeyAsync(revoked.Key.Id, default);
        var again = await _engine.Administration.RevokeKeyAsync(revoked.Key.Id, default);

        Assert.Null(await _engine.Host.AuthenticateAsync(made.Token[..^1] + (made.Token[^1] == 'a' ? 'b' : 'a'), null, default));
        Assert.Null(await _engine.Host.AuthenticateAsync(revoked.Token, null, default));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await _engine.Host.AuthenticateAsync(made.Token, null, default));

        Assert.NotNull(info.RevokedAt);
        Assert.Equal(info, again);
        Assert.Equal(["expired", "revoked", "wrong secret"], (await DenialsAsync()).Select(entry => entry.Detail!.Split('"')[3]));
    }

    [Fact]
    public async Task A_flood_of_bad_tokens_is_one_audit_entry_a_second()
    {
        for (var i = 0; i < 100; i++) await _engine.Host.AuthenticateAsync($"mw_flood{i}_x", null, default);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _engine.Host.AuthenticateAsync("mw_flood_x", null, default);

        Assert.Equal(["anonymous", "anonymous"], (await DenialsAsync()).Select(entry => entry.Principal));
    }

    [Fact]
    public async Task Only_an_instance_admin_acts_in_another_project_and_only_in_one_that_exists()
    {
        await _engine.Administration.PutProjectAsync("other", "Others", 2, create: true, default);
        var plain = await _engine.Administration.CreateKeyAsync(new KeyRequest { Role = Role.Admin }, default);

        var there = await _engine.Host.AuthenticateAsync(_engine.Host.NewAdminKey!, "other", default);
        var own = await _engine.Host.AuthenticateAsync(plain.Token, "default", default);

        Assert.Equal(("other", true), (there!.Project, there.IsInstanceAdmin));
        Assert.Equal("default", own!.Project);
        Assert.Null(await _engine.Host.AuthenticateAsync(plain.Token, "other", default));
        Assert.Null(await _engine.Host.AuthenticateAsync(_engine.Host.NewAdminKey!, "nowhere", default));
    }

    [Fact]
    public async Task The_last_key_of_an_instance_admin_can_not_be_revoked()
    {
        var first = _engine.Host.NewAdminKey!.Split('_')[1];
        var expired = await _engine.Administration.CreateKeyAsync(new KeyRequest { IsInstanceAdmin = true, ExpiresAt = _clock.GetUtcNow().AddSeconds(1) }, default);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ProblemCodes.Conflict, (await TestEngine.RefusedAsync(() => _engine.Administration.RevokeKeyAsync(first, default))).Code);
        Assert.NotNull(expired);

        var second = await _engine.Administration.CreateKeyAsync(new KeyRequest { IsInstanceAdmin = true }, default);
        await _engine.Administration.RevokeKeyAsync(first, default);

        Assert.Equal(ProblemCodes.Conflict, (await TestEngine.RefusedAsync(() => _engine.Administration.RevokeKeyAsync(second.Key.Id, default))).Code);
        var projectAdmin = new Caller { Project = "default", Principal = "pa", Role = Role.Admin };
        Assert.Equal(ProblemCodes.Forbidden, (await TestEngine.RefusedAsync(() => _engine.Host.AdministrationAs(projectAdmin).RevokeKeyAsync(second.Key.Id, default))).Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Of_the_last_two_keys_of_instance_admins_revoked_at_once_one_stays(int writesBefore)
    {
        var first = _engine.Host.NewAdminKey!.Split('_')[1];
        var second = await _engine.Administration.CreateKeyAsync(new KeyRequest { IsInstanceAdmin = true }, default);
        Task? other = null;
        var writes = 0;
        _engine.Faults.OnCall = verb =>
        {
            if (verb != nameof(IRegistry.PutAsync) || ++writes != writesBefore) return;
            _engine.Faults.OnCall = null;
            other = _engine.Administration.RevokeKeyAsync(second.Key.Id, default).AsTask(); // while the first is being ended
        };

        var both = await Task.WhenAll(OutcomeAsync(_engine.Administration.RevokeKeyAsync(first, default).AsTask()), OutcomeAsync(other!));

        Assert.Equal([null, ProblemCodes.Conflict], both.Order());
        var stays = both[0] is null ? second.Token : _engine.Host.NewAdminKey!;
        Assert.NotNull(await _engine.Host.AuthenticateAsync(stays, null, default));
        Assert.Equal(ProblemCodes.Conflict, (await TestEngine.RefusedAsync(() => _engine.Administration.RevokeKeyAsync(stays.Split('_')[1], default))).Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Of_the_last_two_keys_of_instance_admins_revoked_at_once_on_two_nodes_one_stays(int writesBefore)
    {
        var first = _engine.Host.NewAdminKey!.Split('_')[1];
        var second = await _engine.Administration.CreateKeyAsync(new KeyRequest { IsInstanceAdmin = true }, default);
        await using var node = await TestEngine.StartAsync(builder => builder.Options.Node = "second", store: _engine.Store, time: _clock);
        Task? other = null;
        var writes = 0;
        _engine.Faults.OnCall = verb =>
        {
            if (verb != nameof(IRegistry.PutAsync) || ++writes != writesBefore) return;
            _engine.Faults.OnCall = null;
            other = node.Administration.RevokeKeyAsync(second.Key.Id, default).AsTask();
        };

        var both = await Task.WhenAll(OutcomeAsync(_engine.Administration.RevokeKeyAsync(first, default).AsTask()), OutcomeAsync(other!));

        Assert.Equal([null, ProblemCodes.Conflict], both.Order());
        var stays = both[0] is null ? second.Token : _engine.Host.NewAdminKey!;
        await using var third = await TestEngine.StartAsync(store: _engine.Store, time: _clock); // knows what is stored
        Assert.NotNull(await third.Host.AuthenticateAsync(stays, null, default));
    }

    private static async Task<string?> OutcomeAsync(Task revoking)
    {
        try
        {
            await revoking;
            return null;
        }
        catch (ProblemException refused)
        {
            return refused.Problem.Code;
        }
    }

    [Fact]
    public async Task A_rotated_key_keeps_its_id_and_its_old_secret_works_for_the_grace_alone()
    {
        var made = await _engine.Administration.CreateKeyAsync(new KeyRequest { Name = "ci", Role = Role.Operator, OwnJobsOnly = true }, default);

        var rotated = await _engine.Administration.RotateKeyAsync(made.Key.Id, TimeSpan.FromHours(1), default);
        var (old, now) = (await _engine.Host.AuthenticateAsync(made.Token, null, default), await _engine.Host.AuthenticateAsync(rotated.Token, null, default));
        _clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(old, now);
        Assert.Equal((made.Key.Id, Role.Operator, true), (now!.Principal, now.Role, now.OwnJobsOnly));
        Assert.NotEqual(made.Token, rotated.Token);
        Assert.Equal((_clock.GetUtcNow().AddHours(-1), _clock.GetUtcNow()), (rotated.Key.RotatedAt, rotated.Key.OldSecretUntil));
        Assert.Null(await _engine.Host.AuthenticateAsync(made.Token, null, default));
        Assert.NotNull(await _engine.Host.AuthenticateAsync(rotated.Token, null, default));
        Assert.Null(Assert.Single((await _engine.Administration.ListKeysAsync(null, null, default)).Items, key => key.Id == made.Key.Id).OldSecretUntil);
        Assert.Equal("rotated", Assert.Single(await DenialsAsync()).Detail!.Split('"')[3]);
        Assert.Equal((made.Key.Id, """{"grace_seconds":"3600"}"""), Assert.Single((await _engine.Administration.ReadAuditAsync("key.rotate", false, null, null, default)).Items) is var entry ? (entry.Subject, entry.Detail) : default);
        Assert.DoesNotContain(rotated.Token.Split('_')[2], string.Join(' ', await ((IRegistry)_engine.Store).ListAsync(DocumentKinds.Key, null, null, 10, default)) + _engine.Log);
    }

    [Fact]
    public async Task Without_a_grace_the_old_secret_ends_at_once_and_a_second_rotation_ends_the_first()
    {
        var made = await _engine.Administration.CreateKeyAsync(new KeyRequest(), default);
        var first = await _engine.Administration.RotateKeyAsync(made.Key.Id, TimeSpan.FromDays(7), default);
        var second = await _engine.Administration.RotateKeyAsync(made.Key.Id, TimeSpan.FromDays(7), default);
        var third = await _engine.Administration.RotateKeyAsync(made.Key.Id, TimeSpan.Zero, default);

        Assert.Null(await _engine.Host.AuthenticateAsync(made.Token, null, default));
        Assert.Null(await _engine.Host.AuthenticateAsync(first.Token, null, default));
        Assert.Null(await _engine.Host.AuthenticateAsync(second.Token, null, default));
        Assert.NotNull(await _engine.Host.AuthenticateAsync(third.Token, null, default));
    }

    [Fact]
    public async Task Revoking_ends_every_secret_and_an_ended_key_can_not_be_rotated()
    {
        var made = await _engine.Administration.CreateKeyAsync(new KeyRequest { ExpiresIn = TimeSpan.FromDays(1) }, default);
        var revoked = await _engine.Administration.CreateKeyAsync(new KeyRequest(), default);
        var rotated = await _engine.Administration.RotateKeyAsync(revoked.Key.Id, TimeSpan.FromHours(1), default);
        await _engine.Administration.RevokeKeyAsync(revoked.Key.Id, default);
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(_clock.GetUtcNow(), made.Key.ExpiresAt);
        Assert.Null(await _engine.Host.AuthenticateAsync(revoked.Token, null, default));
        Assert.Null(await _engine.Host.AuthenticateAsync(rotated.Token, null, default));
        Assert.Null(await _engine.Host.AuthenticateAsync(made.Token, null, default));
        foreach (var id in (string[])[made.Key.Id, revoked.Key.Id]) Assert.Equal(ProblemCodes.Conflict, (await TestEngine.RefusedAsync(() => _engine.Administration.RotateKeyAsync(id, TimeSpan.Zero, default))).Code);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => _engine.Administration.RotateKeyAsync("nokey", TimeSpan.Zero, default))).Code);
        foreach (var grace in (TimeSpan[])[TimeSpan.FromSeconds(-1), TimeSpan.FromDays(7.1)])
            Assert.Equal("grace_seconds", Assert.Single((await TestEngine.RefusedAsync(() => _engine.Administration.RotateKeyAsync(made.Key.Id, grace, default))).Errors).Field);
    }

    [Fact]
    public async Task A_projects_admin_can_not_rotate_the_key_of_an_instance_admin()
    {
        var admin = _engine.Host.AdministrationAs(new Caller { Project = "default", Principal = "pa", Role = Role.Admin });

        Assert.Equal(ProblemCodes.Forbidden, (await TestEngine.RefusedAsync(() => admin.RotateKeyAsync(_engine.Host.NewAdminKey!.Split('_')[1], TimeSpan.Zero, default))).Code);
    }

    [Fact]
    public async Task A_key_that_is_not_there_or_is_wrong_is_refused()
    {
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => _engine.Administration.RevokeKeyAsync("nokey", default))).Code);
        var refused = await TestEngine.RefusedAsync(() => _engine.Administration.CreateKeyAsync(new KeyRequest { Name = new string('n', 201), ExpiresAt = _clock.GetUtcNow() }, default));
        Assert.Equal(["name", "expires_at"], refused.Errors.Select(error => error.Field));
    }

    [Fact]
    public async Task The_first_key_is_written_to_its_file_for_the_owner_alone_and_taken_from_it_at_the_next_start()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("meanwhile-key-").FullName, "deeper", "admin.key");
        await using var first = await TestEngine.StartAsync(builder => builder.Options.AdminKeyFile = file);
        var token = (await File.ReadAllTextAsync(file)).Trim();

        Assert.Null(first.Host.NewAdminKey);
        Assert.True((await first.Host.AuthenticateAsync(token, null, default))!.IsInstanceAdmin);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        await using var next = await TestEngine.StartAsync(builder => builder.Options.AdminKeyFile = file, store: first.Store);
        await using var elsewhere = await TestEngine.StartAsync(builder => builder.Options.AdminKeyFile = file);
        Assert.NotNull(await next.Host.AuthenticateAsync(token, null, default));
        Assert.NotNull(await elsewhere.Host.AuthenticateAsync(token, null, default));
        Assert.Single((await next.Administration.ListKeysAsync(null, null, default)).Items);
    }

    [Fact]
    public async Task A_key_file_that_holds_no_key_or_went_missing_is_refused_at_the_start()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "not a key");
        await using var bad = TestEngine.Make(builder => builder.Options.AdminKeyFile = file);
        Assert.Contains("mw_id_secret", (await TestEngine.RefusedAsync(() => bad.Host.StartAsync(default))).Detail);

        await using var missing = TestEngine.Make(builder => builder.Options.AdminKeyFile = file + ".missing", store: _engine.Store);
        Assert.Contains("does not exist", (await TestEngine.RefusedAsync(() => missing.Host.StartAsync(default))).Detail);
    }

    [Fact]
    public async Task A_key_file_that_was_used_for_another_project_locks_nobody_out()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("meanwhile-key-").FullName, "admin.key");
        await using var first = await TestEngine.StartAsync(builder => builder.Options.AdminKeyFile = file);
        var token = (await File.ReadAllTextAsync(file)).Trim();

        await using var moved = await TestEngine.StartAsync(builder => (builder.Options.AdminKeyFile, builder.Options.FirstProject) = (file, "moved"), store: first.Store);

        Assert.Equal("moved", (await moved.Host.AuthenticateAsync(token, null, default))!.Project);
    }

    [Fact]
    public async Task Projects_are_made_changed_and_checked()
    {
        var made = await _engine.Administration.PutProjectAsync("p1", "One", 2, create: true, default);
        var changed = await _engine.Administration.PutProjectAsync("p1", null, 3, create: false, default);

        Assert.Equal(("One", 2d), (made.DisplayName, made.Weight));
        Assert.Equal(("One", 3d, 2), (changed.DisplayName, changed.Weight, changed.Version));
        Assert.Equal(changed, await _engine.Administration.GetProjectAsync("p1", default));
        Assert.Equal(ProblemCodes.AlreadyExists, (await TestEngine.RefusedAsync(() => _engine.Administration.PutProjectAsync("p1", null, null, true, default))).Code);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => _engine.Administration.PutProjectAsync("p2", null, null, false, default))).Code);
        var refused = await TestEngine.RefusedAsync(() => _engine.Administration.PutProjectAsync("P 3\n", new string('d', 201), 0, true, default));
        Assert.Equal(["name", "display_name", "weight"], refused.Errors.Select(error => error.Field));
        Assert.Equal("weight", Assert.Single((await TestEngine.RefusedAsync(() => _engine.Administration.PutProjectAsync("p4", null, double.NaN, true, default))).Errors).Field);
    }

    [Fact]
    public async Task Limits_are_set_read_listed_and_removed()
    {
        var set = await _engine.Administration.PutLimitAsync("key:default/k", 3, default);

        Assert.Equal(set, await _engine.Administration.GetLimitAsync("key:default/k", default));
        Assert.Equal([set], (await _engine.Administration.ListLimitsAsync(null, null, default)).Items);
        await _engine.Administration.DeleteLimitAsync("key:default/k", default);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => _engine.Administration.GetLimitAsync("key:default/k", default))).Code);
        Assert.Equal(ProblemCodes.NotFound, (await TestEngine.RefusedAsync(() => _engine.Administration.DeleteLimitAsync("key:default/k", default).AsTask())).Code);
        foreach (var wrong in new[] { "nothing", "key:", "project:a/b", "tool:", "other:x", "tool:" + new string('x', 200) })
            Assert.Equal("key", Assert.Single((await TestEngine.RefusedAsync(() => _engine.Administration.PutLimitAsync(wrong, 1, default))).Errors).Field);
        Assert.Equal("max", Assert.Single((await TestEngine.RefusedAsync(() => _engine.Administration.PutLimitAsync("tool:query", -1, default))).Errors).Field);
    }

    [Fact]
    public async Task Lists_of_the_configuration_are_paged_and_know_their_cursors()
    {
        foreach (var name in new[] { "b", "a", "c" }) await _engine.Administration.PutProjectAsync(name, null, null, true, default);

        var first = await _engine.Administration.ListProjectsAsync(null, 2, default);
        var second = await _engine.Administration.ListProjectsAsync(first.NextCursor, 2, default);

        Assert.Equal(["a", "b", "c", "default"], first.Items.Concat(second.Items).Select(project => project.Name));
        Assert.Null(second.NextCursor);
        Assert.Equal(ProblemCodes.InvalidCursor, (await TestEngine.RefusedAsync(() => _engine.Administration.ListProjectsAsync("%%%", 2, default))).Code);
        Assert.Equal("limit", Assert.Single((await TestEngine.RefusedAsync(() => _engine.Administration.ListKeysAsync(null, 0, default))).Errors).Field);

        var audit = await _engine.Administration.ReadAuditAsync("project.create", true, null, 3, default);
        var rest = await _engine.Administration.ReadAuditAsync("project.create", true, audit.NextCursor, 3, default);
        Assert.Equal(["c", "a", "b", "default"], audit.Items.Concat(rest.Items).Select(entry => entry.Subject));
        Assert.Equal(ProblemCodes.InvalidCursor, (await TestEngine.RefusedAsync(() => _engine.Administration.ReadAuditAsync(null, true, first.NextCursor, 3, default))).Code);
    }

    private async Task<IReadOnlyList<AuditEntry>> DenialsAsync() => (await _engine.Administration.ReadAuditAsync("access.denied", true, null, null, default)).Items;
}
