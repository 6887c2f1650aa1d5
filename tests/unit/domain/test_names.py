"""Names that look like what they are."""

import pytest

from skill_benchmark.domain.names import checked_name


@pytest.mark.parametrize(
    "name",
    ["a", "Ada", "my model", "ми-1", "模型", "עברית", "می‌خواهم", "👩‍💻", "e\u0301", " a ", "claude/3.5:latest", "-"],
)
def test_a_name_of_any_script_is_one(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u00a0\u3000",
        "\u200b",
        "\u200b \u200d\ufeff",
        "\u2060",
        "\u00ad",
        "\u034f",
        "\u3164\u2800",
        "\U000e0041",
    ],
)
def test_a_name_that_nobody_can_see_is_blank(name: str) -> None:
    with pytest.raises(ValueError, match="is blank"):
        checked_name(name)


@pytest.mark.parametrize(
    "character",
    [
        "\0",
        "\t",
        "\n",
        "\x1b",
        "\x7f",
        "\x85",
        "\x9b",
        "\u061c",
        "\u200e",
        "\u200f",
        "\u2028",
        "\u2029",
        "\u202e",
        "\u2066",
        "\u2069",
    ],
)
def test_a_name_with_a_control_character_or_one_that_turns_text_around_is_refused(character: str) -> None:
    with pytest.raises(ValueError, match=f"U\\+{ord(character):04X}.*remove it"):
        checked_name(f"a{character}b")
