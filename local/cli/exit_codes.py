"""What the command tells the shell; 0 is a completed run."""

FAILED = 1
BAD_INPUT = 2
