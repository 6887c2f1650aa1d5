import pytest

from skill_benchmark.domain.families import family_of, same_family


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("claude-sonnet-5-5", "anthropic"),
        ("eu.anthropic.claude-haiku-5-5-v1:0", "anthropic"),
        ("gpt-4o", "openai"),
        ("openai/gpt4o-mini", "openai"),
        ("o3-mini", "openai"),
        ("models/gemini-3-pro", "google"),
        ("meta-llama/Llama-3.3-70B-Instruct", "meta"),
        ("llama3:8b", "meta"),
        ("Qwen2.5-72B", "alibaba"),
        ("output_1", None),
        ("novacode", None),
        ("", None),
    ],
)
def test_a_model_id_tells_its_family(model: str, family: str | None) -> None:
    assert family_of(model) == family


def test_a_model_is_of_its_own_family_even_when_that_has_no_name() -> None:
    assert same_family("house-model", "house-model") is True


def test_nothing_is_guessed_about_families_that_are_not_known() -> None:
    assert same_family("house-model", "claude-sonnet-5-5") is None
    assert same_family("gpt-4o", "claude-sonnet-5-5") is False
    assert same_family("claude-opus-5-5", "claude-sonnet-5-5") is True
