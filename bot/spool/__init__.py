"""Events that wait on the disk while the database is away."""
