"""Pages that Lambda can return.

Lambda refuses a response of more than 6,291,556 bytes. Our body is a text within it and is escaped once more: a quote
is 4 bytes there, a character that we write as an escape 7.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from pydantic import BaseModel

from skill_benchmark.api.bodies import as_json
from skill_benchmark.domain.text import visible

MAX_RESPONSE_BYTES = 6_291_556
MAX_PAGE_BYTES = MAX_RESPONSE_BYTES - 150_000
"""Of a body as it is sent; the rest is for headers and what is around the items."""

_CUT = "cut"
_CHUNK = 1_000
"""Characters that stay together where a text is cut."""

T = TypeVar("T", bound=BaseModel)
_Text = str | list[str]


def sent_bytes(content: BaseModel) -> int:
    """Of a body, or of a part of one, within Lambda's response.

    Characters beyond ASCII are counted as `\\uXXXX`, as some of Lambda's runtimes send them.
    """
    return len(json.dumps(as_json(content)))


def page(
    items: Sequence[T], cursor_at: Callable[[T], str], *, more: bool, spent: int = 0
) -> tuple[list[T], str | None]:
    """As many of the items as can be returned, one at least, and the cursor behind the last if there are `more`.

    `spent` is what the response holds beside them. An item that is too large alone has a field `cut`, and is cut.
    """
    left = MAX_PAGE_BYTES - spent
    kept: list[T] = []
    for item in items:
        size = sent_bytes(item)
        if size > left and kept:
            more = True
            break
        kept.append(item if size <= left else _cut(item, left))
        left -= size
    return kept, cursor_at(kept[-1]) if more and kept else None


def alone(item: T) -> T:
    """The item as the whole of a response."""
    return _cut(item, MAX_PAGE_BYTES)


def _cut(item: T, most: int) -> T:
    """The item with its longest texts cut until it fits, and their names in `cut`."""
    while (over := sent_bytes(item) - most) > 0:
        name, text = max(_texts(item), key=lambda found: _sent(found[1]))
        if not text:
            raise ValueError("nothing is left to cut")
        shorter = _shorter(text, _sent(text) - over - _CHUNK)
        item = item.model_copy(update={name: shorter, _CUT: sorted({*item.__dict__[_CUT], name})})
    return item


def _texts(item: BaseModel) -> Iterator[tuple[str, _Text]]:
    """What may be cut of an item, by the names of its fields."""
    for name, value in item:
        if name == _CUT:
            continue
        if isinstance(value, str) or (isinstance(value, list) and all(isinstance(part, str) for part in value)):
            yield name, value


def _shorter(text: _Text, allowed: int) -> _Text:
    """As much of a text, or of a list of texts, as takes no more than the allowed bytes."""
    if isinstance(text, str):
        return _beginning(text, allowed)
    kept: list[str] = []
    for part in text:
        if beginning := _beginning(part, allowed):
            kept.append(beginning)
        if beginning != part:
            break
        allowed -= _sent(part)
    return kept


def _beginning(text: str, allowed: int) -> str:
    end = 0
    while end < len(text) and (allowed := allowed - _sent(text[end : end + _CHUNK])) >= 0:
        end += _CHUNK
    return text[:end]


def _sent(text: _Text) -> int:
    return len(json.dumps(visible(json.dumps(text, ensure_ascii=False))))
