"""HTTP on this machine: the server of `serve`, and API Gateway between it and the functions."""
