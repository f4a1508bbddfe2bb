using Meanwhile.Postgres.Source.Parameters;
using Npgsql;

namespace Meanwhile.Postgres.Source.Runs;

/// <summary>The connection broke: what was under way may or may not have been done.</summary>
internal sealed class LostException(Exception inner) : Exception(inner.Message, inner);

/// <summary>Makes of what the driver throws what a run can decide about.</summary>
internal static class ServerFaults
{
    /// <summary>Runs something that sends a statement.</summary>
    /// <param name="text">What is sent, so that places are told in the user's text.</param>
    /// <param name="before">How many characters of ours are sent before it.</param>
    /// <exception cref="SourceException">The server answered with an error.</exception>
    /// <exception cref="LostException">The connection broke.</exception>
    public static async Task ToldInAsync(BoundText text, int before, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception e) when (PostgresErrors.EndsConnection(e))
        {
            throw new LostException(e);
        }
        catch (PostgresException e)
        {
            throw new SourceException(PostgresErrors.Of(e, text.PositionOf(e.Position, before)), e);
        }
        catch (OperationCanceledException e) when (e.InnerException is PostgresException told)
        {
            throw new SourceException(PostgresErrors.Of(told), told); // whether we asked for it the run knows
        }
    }

    /// <summary>Runs something of our own.</summary>
    public static async Task<T> ToldAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception e) when (PostgresErrors.EndsConnection(e))
        {
            throw new LostException(e);
        }
        catch (PostgresException e)
        {
            throw new SourceException(PostgresErrors.Of(e), e);
        }
    }
}
