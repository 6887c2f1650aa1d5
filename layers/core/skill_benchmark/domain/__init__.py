"""Pure rules of the benchmark: no I/O, no SDK; imports the standard library, pydantic and price data only."""
