namespace Meanwhile.Postgres.Source.Sessions;

/// <summary>Tells one backend from any other that there was or will be at a server.</summary>
/// <param name="Pid">Of its process.</param>
/// <param name="StartedAtMicroseconds">When it began, by the server's clock, since 1970.</param>
internal readonly record struct BackendIdentity(int Pid, long StartedAtMicroseconds);
