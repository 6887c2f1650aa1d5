"""How long a simulated call takes."""

import math
import random

from pydantic import BaseModel, ConfigDict, NonNegativeFloat


class Latency(BaseModel):
    """Seconds a call: always the median, or log-normal around it where `sigma` is more than 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    median: NonNegativeFloat = 0.05
    sigma: NonNegativeFloat = 0.0
    seed: int = 0


class Clock:
    def __init__(self, latency: Latency) -> None:
        self._latency = latency
        self._dice = random.Random(latency.seed)  # noqa: S311 - reproducible, not secret

    def next(self) -> float:
        """Seconds that the next call takes."""
        if self._latency.sigma == 0 or self._latency.median == 0:
            return self._latency.median
        return self._dice.lognormvariate(math.log(self._latency.median), self._latency.sigma)
