"""What a function makes once and keeps for all its invocations."""

from collections.abc import Callable
from functools import lru_cache, wraps
from threading import Lock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def kept_warm(make: Callable[P, T]) -> Callable[P, T]:
    """Call `make` once for the same arguments, and never twice at the same time.

    A cache alone is not enough: where one process serves many invocations at once, as on a laptop, the first fifty
    would each build a client of their own.
    """
    cached = lru_cache(maxsize=64)(make)
    making = Lock()

    @wraps(make)
    def get(*args: P.args, **kwargs: P.kwargs) -> T:
        with making:
            return cached(*args, **kwargs)  # type: ignore[arg-type]  # lru_cache knows of hashable arguments only

    return get
