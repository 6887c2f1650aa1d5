"""A log is for people who may not read what the service works on, whatever its level and whoever handles it."""

import io
import json
import logging
import unicodedata
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError
from pydantic import BaseModel

from skill_benchmark.clean_errors import described
from skill_benchmark.domain.errors import ModelRejected, UnknownModel
from skill_benchmark.observability import logger, observed
from tests.unit.conftest import Written
from tests.unit.functions.conftest import Context

PRIVATE = "a private text"


class Shape(BaseModel, extra="forbid"):
    number: int


@pytest.fixture
def foreign() -> Iterator[io.StringIO]:
    """What a handler writes that somebody else put on the root, as Lambda's runtime does, with the root at DEBUG."""
    written, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(written), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def failing(error: Exception | None = None) -> Any:
    @observed
    def handler(event: dict[str, Any], context: Any) -> None:
        if error:
            raise error
        Shape.model_validate({"number": PRIVATE, PRIVATE: 1})

    return handler


@pytest.mark.parametrize(
    "name", ["botocore.endpoint", "httpx2", "anthropic._base_client", "urllib3", "psycopg", "root"]
)
def test_a_library_logs_nothing_below_a_warning_whatever_its_level(foreign: io.StringIO, name: str) -> None:
    library = logging.getLogger(name)
    library.setLevel(logging.DEBUG)
    for level in (logging.DEBUG, logging.INFO):
        library.log(level, PRIVATE)
    assert not library.isEnabledFor(logging.INFO)
    library.warning("of interest")
    library.setLevel(logging.NOTSET)
    assert foreign.getvalue() == "of interest\n"


def test_our_own_logger_says_what_its_level_lets_it(foreign: io.StringIO) -> None:
    level = logger.log_level
    logger.setLevel("INFO")
    logger.debug("not this")
    logger.info("this")
    logger.setLevel("DEBUG")
    logger.debug("and that")
    logger.setLevel(level)
    assert foreign.getvalue() == "this\nand that\n"


def test_an_error_leaves_a_function_without_the_values_that_it_quotes(foreign: io.StringIO) -> None:
    with pytest.raises(Exception, match=r"^Shape: number: int_parsing, …: extra_forbidden$") as raised:
        failing()({}, Context())
    assert type(raised.value).__name__ == "ValidationError", "the workflow and the log go by the name"
    assert raised.value.__suppress_context__, "whoever prints it prints nothing of what led to it"
    assert "in model_validate" in foreign.getvalue(), "the traceback is there"
    assert PRIVATE not in foreign.getvalue()


def test_nor_does_what_led_to_an_error_of_ours() -> None:
    error = ModelRejected("HTTP 400: no")
    error.__cause__ = ValueError(PRIVATE)
    with pytest.raises(ModelRejected) as raised:
        failing(error)({}, Context())
    assert raised.value is error
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_a_chain_of_errors_is_logged_link_by_link_without_values(foreign: io.StringIO) -> None:
    def fail() -> None:
        try:
            dict[str, str]()[PRIVATE]
        except KeyError as error:
            raise RuntimeError(PRIVATE) from error

    try:
        fail()
    except RuntimeError:
        logger.exception("it failed")
    logged = foreign.getvalue()
    assert logged.index("KeyError") < logged.index("RuntimeError")
    assert f"raised at {__file__}:" in logged
    assert PRIVATE not in logged


@pytest.mark.parametrize(
    "error",
    [
        UnknownModel("models: the provider has no model 'x'"),
        ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject"),
        psycopg.OperationalError('connection failed: no role "x"'),
    ],
)
def test_what_holds_no_value_is_kept_word_by_word(error: Exception) -> None:
    assert described(error) == str(error)
    with pytest.raises(type(error)) as raised:
        failing(error)({}, Context())
    assert raised.value is error


def test_an_error_of_the_database_is_told_by_its_code() -> None:
    assert described(psycopg.errors.CheckViolation(f"Failing row contains ({PRIVATE})")) == "SQLSTATE 23514"


def test_what_stands_in_the_place_of_an_id_is_not_logged(foreign: io.StringIO, capsys: Any) -> None:
    with pytest.raises(Exception, match="Shape"):
        failing()({"run_id": [PRIVATE], "tenant_id": PRIVATE, "case_index": 7, "answer_id": "a1"}, Context())
    keys = logger.thread_safe_get_current_keys()
    assert (keys["case_index"], keys["answer_id"]) == (7, "a1")
    assert PRIVATE not in str(keys)


def test_what_somebody_wrote_does_not_act_on_the_terminal_that_shows_a_log(written: Written) -> None:
    attack = "a\x1b[2J\x9b31m\u2028\u202eb\u200b\U000e0041 漢"
    logger.warning("the call failed", reason=attack)
    [line] = written()
    assert json.loads(line)["reason"] == attack
    assert "漢" in line
    assert not [found for found in line if unicodedata.category(found) in {"Cc", "Cf", "Zl", "Zp"}]
