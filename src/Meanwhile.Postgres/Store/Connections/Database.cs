using Meanwhile.Stores;
using Npgsql;

namespace Meanwhile.Postgres.Store.Connections;

/// <summary>The pooled connections of a store. Safe for concurrent use.</summary>
/// <param name="history">What all its connections must lead to.</param>
internal sealed class Database(NpgsqlDataSource source, SchemaName schema, History history) : IAsyncDisposable
{
    /// <summary>How often a transaction is tried that the database rolls back because of another.</summary>
    private const int TriesMax = 8;

    /// <summary>Makes connections apart from the pool: to the server itself where it is known.</summary>
    public required NpgsqlDataSource Alone { get; init; }

    /// <summary>Whether <see cref="Alone"/> leads to the server itself; otherwise a pooler gives a session's notifications to others.</summary>
    public required bool IsDirect { get; init; }

    /// <summary>Whether a pooler may go on to another server under a connection, so that each batch must look where it is.</summary>
    public required bool IsPooled { get; init; }

    /// <summary>The history that every connection leads to.</summary>
    public History History => history;

    /// <summary>The schema of the tables.</summary>
    public SchemaName Schema => schema;

    /// <summary>Does work on a connection; again, when the database rolled it back because of another transaction.</summary>
    /// <param name="work">May run several times: what it changes besides the database, it changes last.</param>
    /// <exception cref="StoreUnavailableException">The database did not answer, or not well.</exception>
    public async ValueTask<T> RunAsync<T>(Func<Session, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            history.Check();
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                return await work(new Session(connection, schema) { Guard = IsPooled ? history.Guard : null }, cancellationToken);
            }
            catch (Exception elsewhere) when (History.IsAnotherTimeline(elsewhere))
            {
                throw history.End();
            }
            catch (Exception error) when (StoreErrors.IsCollision(error) && tries < TriesMax)
            {
                if (StoreErrors.IsForgotten(error)) source.Clear(); // otherwise what collided was rolled back, and the other is through
            }
            catch (ObjectDisposedException closed)
            {
                throw new StoreUnavailableException("The store is closed.", closed);
            }
            catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                history.Check();
                var told = StoreErrors.Translate(error);
                if (ReferenceEquals(told, error)) throw;
                throw told;
            }
        }
    }

    /// <summary>Runs statements in one transaction and one round trip.</summary>
    public async ValueTask RunAsync(IReadOnlyList<Call> calls, CancellationToken cancellationToken) => await RunAsync(
        async (session, token) =>
        {
            await session.RunAsync(calls, token);
            return true;
        },
        cancellationToken);

    /// <summary>Runs a statement and makes something of each row.</summary>
    public ValueTask<List<T>> ListAsync<T>(Call call, Func<NpgsqlDataReader, T> make, CancellationToken cancellationToken) =>
        RunAsync((session, token) => session.ListAsync(call, make, token), cancellationToken);

    /// <summary>The first column of the first row; default when there is none or it is null.</summary>
    public ValueTask<T?> ScalarAsync<T>(Call call, CancellationToken cancellationToken) =>
        RunAsync((session, token) => session.ScalarAsync<T>(call, token), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await Alone.DisposeAsync();
    }
}
