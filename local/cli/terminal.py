"""The terminal, where nothing that a model, a test case or a provider's error says can act."""

from typing import Any

from rich.console import Console
from rich.text import Text

from skill_benchmark.domain.text import visible


class Terminal(Console):
    """A console that shows the characters of a text and obeys none of them. Styles come from markup alone.

    It is done here, and not where a text is printed: no author of a line can forget it.
    """

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(visible(text), **options)
