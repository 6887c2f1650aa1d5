"""The `skill-benchmark` command."""
