"""How sure a comparison has to be, and which differences matter."""

ALPHA = 0.05
"""The chance that any pair of a run is called better, worse or equivalent although it is not."""

CONFIDENCE = 1 - ALPHA
POWER = 0.8

EQUIVALENCE_MARGIN = 3.0
"""Points of 100. A smaller difference changes no decision: judges differ from themselves by more than that."""


def level_of(pairs: int) -> float:
    """Of one of so many pairs, so that all together have ALPHA: Bonferroni's level, and that of Holm's first step."""
    return ALPHA / pairs
