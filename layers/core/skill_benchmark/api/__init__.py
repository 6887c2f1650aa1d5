"""HTTP shapes and problem details."""
