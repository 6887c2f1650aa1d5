"""What the functions do, put together from the domain and the adapters."""
