"""The HTTP API: its operations and shapes, problem details, cursors, and the OpenAPI document."""
