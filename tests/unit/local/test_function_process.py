"""What a function's process does around the function."""

import json
from typing import Any

import pytest

from local.function_process import FunctionConfig, Invocation, _run


def test_a_failure_is_in_the_log_and_nothing_of_its_message_acts_there(capsys: pytest.CaptureFixture[str]) -> None:
    def handler(event: dict[str, Any], context: Any) -> None:
        raise ValueError("no model a\x1b[2J\x9b31m\u202eb\u200b 漢")

    outcome = _run(handler, Invocation("r1", b"{}"), FunctionConfig("check", "m", "h", {}, 5, 128))
    assert (outcome.failed, json.loads(outcome.payload)["errorType"]) == (True, "ValueError")
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first == "Traceback (most recent call last):"
    assert last == r"ValueError: no model a\u001b[2J\u009b31m\u202eb\u200b 漢"
