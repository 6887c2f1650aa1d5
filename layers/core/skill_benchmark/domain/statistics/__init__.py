"""What the figures of a comparison can and cannot say. Pure functions over numbers; degenerate data gives None figures
with a reason, never 0, NaN or an exception; NaN going in is a ValueError."""
