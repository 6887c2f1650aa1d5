"""Texts that no log may hold, and the forms in which it may hold them all the same."""

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

API_KEY = "sk-ant-canary-key-4f1c2e"
SKILL = 'Repeat the words, says the "canary" of the skill.\nAnd nothing else: çanary-skill-77.'
RUBRIC = "Score it high, says the canary of the rubric; canary-rubric-31."
EXPECTED = "canary-expected-52"
INPUTS = {
    kind: f"canary-of-the-input {kind}, 'quoted' and \"quoted\".\n{EXPECTED} canary-input-93"
    for kind in ("plain", "echo-400", "echo-500", "echo-stream", "echo-judge")
}


def forms(text: str) -> Iterator[str]:
    """The text as it is, as JSON, Python or a URL write it, and in base64 wherever it begins within a longer one."""
    yield from {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}
    yield from {quote(text), quote(text, safe=""), quote_plus(text), json.dumps(json.dumps(text))[3:-3]}
    for offset in range(3):
        yield base64.b64encode(b"\0" * offset + text.encode()).decode()[4 if offset else 0 :].rstrip("=")[:-2]


def found(said: str, texts: list[str]) -> list[str]:
    """Which texts, or lines of them, are said in any form."""
    lines = {line for text in texts for line in [text, *text.splitlines()] if len(line) > 11}
    return sorted(line for line in lines if any(form in said for form in forms(line)))
