"""Plausible answers and verdicts, the same for the same request.

An answer repeats a share of the input's words, larger for an abler model, with noise from a hash. A verdict sees what
any judge sees, measures which share that was, and adds noise of its own. So models differ, runs repeat, and nobody
mistakes the text for a real one.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from local.model_api.catalogue import ability

MARK = "[simulated]"

_BLOCK = re.compile(r'<data-([0-9a-f]{32}) name="(\w+)">\n(.*?)\n</data-\1>', flags=re.DOTALL)
_WORD = re.compile(r"\w+")


def blocks(user_text: str) -> dict[str, str]:
    """The data blocks of a judge's request by name, to the last space."""
    return {name: text for _, name, text in _BLOCK.findall(user_text)}


def answer(model: str, system: str, user_text: str, occurrence: int) -> str:
    """An answer to a test case; `occurrence` counts the repeats of the same request."""
    share = ability(model) + (_noise(model, user_text, occurrence) - 0.5) * 0.3
    words = user_text.split()
    kept = [word for index, word in enumerate(words) if _noise(model, word, index, occurrence) < share]
    skill = " ".join(system.split()[:6]) or "the skill"
    return f"{MARK} Following “{skill} …”: {' '.join(kept[:400]) or 'nothing to report'}"


def verdict(judge: str, user_text: str, schema: Mapping[str, Any]) -> str:
    """A verdict as JSON of the schema that the request asks for."""
    given = blocks(user_text)
    text = given.get("answer", user_text)
    measured = _share(text, given.get("input", user_text)[:20_000])
    quality = _score(measured, judge, text, "quality_score")
    known: dict[str, Any] = {
        "quality_notes": f"{MARK} The answer covers {measured:.0%} of the input's words.",
        "quality_score": quality,
        "matches_expected": quality >= 75 if "expected_output" in given else None,
    }
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    filled = {name: known.get(name, _fill(name, kind, measured, judge, text)) for name, kind in properties.items()}
    return json.dumps(filled, ensure_ascii=False)


def _fill(name: str, kind: Mapping[str, Any], measured: float, judge: str, text: str) -> Any:
    """A value for a property by its type, so that a schema with more of them still gets a valid verdict."""
    match kind.get("type"):
        case "integer" | "number":
            return _score(measured, judge, text, name)
        case "boolean":
            return measured >= 0.75
        case "array":
            return []
        case "object":
            properties: Mapping[str, Any] = kind.get("properties", {})
            return {key: _fill(key, inner, measured, judge, text) for key, inner in properties.items()}
        case "null":
            return None
        case _:
            options = kind.get("enum")
            return options[0] if options else MARK


def _score(measured: float, *names: str) -> int:
    return max(0, min(100, round(100 * measured + (_noise(*names) - 0.5) * 16)))


def _share(part: str, whole: str) -> float:
    """The share of the words of `whole` that `part` has too."""
    wanted = {word.lower() for word in _WORD.findall(whole)}
    return len(wanted & {word.lower() for word in _WORD.findall(part)}) / len(wanted) if wanted else 0.0


def _noise(*names: object) -> float:
    """Between 0 and 1, the same for the same names."""
    digest = hashlib.blake2b("\x1f".join(map(str, names)).encode("utf-8", "replace"), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32
