"""The models that the stand-in has, and how able each of them plays."""

import hashlib
from collections.abc import Iterable
from typing import Any

_ACTIVE = {"claude-opus-5-5": 0.92, "claude-sonnet-5-5": 0.86, "claude-haiku-5-5": 0.74}
_RETIRED = ("claude-3-opus-20240229",)


class Catalogue:
    """Known models by id. A retired one is listed, and refused when it is called."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        self._active = dict.fromkeys([*_ACTIVE, *more])

    def is_callable(self, model: str) -> bool:
        return model in self._active

    def all(self) -> list[dict[str, Any]]:
        return [_entry(model, "active") for model in self._active] + [_entry(model, "retired") for model in _RETIRED]

    def get(self, model: str) -> dict[str, Any] | None:
        return next((entry for entry in self.all() if entry["id"] == model), None)


def ability(model: str) -> float:
    """The share of a task that the model gets right, 0 to 1; of a model that is not known, by its name."""
    if model in _ACTIVE:
        return _ACTIVE[model]
    return 0.55 + hashlib.sha256(model.encode()).digest()[0] / 255 * 0.35


def _entry(model: str, lifecycle: str) -> dict[str, Any]:
    return {
        "type": "model",
        "id": model,
        "display_name": f"{model} (simulated)",
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": lifecycle,
        "deprecated_at": None,
        "retires_at": None,
    }
