"""The edges: one file for each thing outside (model API, object store, PostgreSQL, workflow engine)."""
