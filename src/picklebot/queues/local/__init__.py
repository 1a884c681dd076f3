"""The queue of a single process: lanes in memory, backed by the inbox in the database."""
