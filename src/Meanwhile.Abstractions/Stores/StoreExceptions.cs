namespace Meanwhile.Stores;

/// <summary>The store did not answer. What was being written may have been committed all the same; each verb says whether repeating it is safe.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The store can't be used as it is: corrupt, of a newer schema, or held by another server. Nothing was touched.</summary>
public sealed class StoreUnusableException(string message, Exception? inner = null) : Exception(message, inner);
