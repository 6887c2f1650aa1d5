"""The settings of the functions: what is malformed is named, with what would be right."""

import pytest

from skill_benchmark.domain.errors import MissingSetting
from skill_benchmark.settings import ModelApiSettings
from tests.unit.template.test_parameters import takes

CONFIDENTIAL = [
    "",
    "https://api.example.com",
    "https://gateway.example.com:8443/anthropic",
    "http://127.0.0.1:8080",
    "http://localhost",
    "http://[::1]:8080/v1",
]
OPEN = [
    "http://api.example.com",
    "http://10.0.0.8:8080",
    "http://127.0.0.1.example.com",
    "http://127.0.0.1@example.com",
    "http://localhost:8080@example.com/",
    "http://localhost.example.com",
    "ftp://localhost",
    "api.example.com",
    "//api.example.com",
    "http:/localhost",
]


def read(monkeypatch: pytest.MonkeyPatch, url: str) -> ModelApiSettings:
    monkeypatch.setenv("MODEL_API_KEY_SECRET_ARN", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:key")
    monkeypatch.setenv("MODEL_API_BASE_URL", url)
    return ModelApiSettings.read()


@pytest.mark.parametrize("url", CONFIDENTIAL)
def test_the_model_api_is_reached_over_https_or_on_the_machine_itself(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    assert read(monkeypatch, url).model_api_base_url == url
    assert takes("ModelApiBaseUrl", url)


@pytest.mark.parametrize("url", OPEN)
def test_a_url_over_which_others_could_read_the_key_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(MissingSetting, match=r"MODEL_API_BASE_URL .*https://"):
        read(monkeypatch, url)
    assert not takes("ModelApiBaseUrl", url)
