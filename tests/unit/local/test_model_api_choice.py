"""Where the command sends a real key."""

import pytest

from local.cli.model_api import chosen_model_api
from local.errors import LocalError


def test_a_key_is_not_sent_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-a-person")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://gateway.example.com")
    with pytest.raises(LocalError, match=r"ANTHROPIC_BASE_URL: .*https://") as refused, chosen_model_api():
        pass
    assert "sk-of-a-person" not in str(refused.value)


@pytest.mark.parametrize("url", ["", "https://gateway.example.com/anthropic", "http://127.0.0.1:9"])
def test_a_key_is_sent_over_https_or_to_this_machine(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-a-person")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
    with chosen_model_api() as chosen:
        assert (chosen.base_url, chosen.simulated) == (url, False)
