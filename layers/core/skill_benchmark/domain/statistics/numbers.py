"""Checked arrays."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def floats(values: Sequence[float] | Floats, what: str) -> Floats:
    """As an array. Raises ValueError for what is not finite: it was measured wrongly, and no figure may hide that."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{what} should be one row of numbers")
    if not np.isfinite(array).all():
        raise ValueError(f"{what} holds a value that is not a finite number")
    return array
