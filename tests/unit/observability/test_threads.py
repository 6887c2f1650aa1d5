"""Many invocations at once in one process, as on a laptop: each says only what is its own."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from skill_benchmark.adapters.object_store import RecordNotFound
from skill_benchmark.domain.errors import ModelUnavailable
from skill_benchmark.observability import log_about, logger, observed, record_answer, record_queue
from tests.unit.conftest import Written
from tests.unit.emf import metrics_of
from tests.unit.functions.conftest import Context

AT_ONCE = 16
ROUNDS = 20


def test_invocations_side_by_side_do_not_mix(written: Written) -> None:
    together = Barrier(AT_ONCE, timeout=10)

    @observed
    def handler(event: dict[str, Any], context: Any) -> None:
        number = event["case_index"]
        together.wait()
        log_about(judge=f"judge-{number}")
        record_queue(number, 1.5)
        logger.info("first", expected=number)
        together.wait()
        logger.info("second", expected=number)
        record_answer("answered")
        if number % 3 == 0:
            raise ModelUnavailable(f"call {number}")

    def invoke(number: int) -> None:
        event = {"run_id": f"run_{number}", "tenant_id": f"tenant_{number}", "case_index": number}
        for _ in range(ROUNDS):
            if number % 3 == 0:
                with pytest.raises(ModelUnavailable):
                    handler(event, Context())
            else:
                handler(event, Context())

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(invoke, range(AT_ONCE)))

    counted = 0
    for line in written():
        said = json.loads(line)
        number = said["case_index"]
        about = (said["run_id"], said["tenant_id"], said["judge"])
        assert about == (f"run_{number}", f"tenant_{number}", f"judge-{number}")
        assert said.get("expected", number) == number
        for metric in metrics_of(line):
            assert metric.name != "QueuedRuns" or metric.values == (number,)
            counted += 1
    assert counted == AT_ONCE * ROUNDS * 3


def test_a_warm_thread_forgets_what_the_invocation_before_was_about(written: Written) -> None:
    @observed
    def handler(event: dict[str, Any], context: Any) -> None:
        log_about(**event.get("told", {}))
        logger.info("here")

    handler({"run_id": "run_1", "answer_id": "a1", "told": {"judge": "j"}}, Context())
    handler({"run_id": "run_2"}, Context())
    first, second = (json.loads(line) for line in written())
    assert (first["run_id"], first["answer_id"], first["judge"]) == ("run_1", "a1", "j")
    assert second["run_id"] == "run_2"
    assert not {"answer_id", "judge"} & set(second)


def test_a_failure_is_logged_with_what_it_is_about_and_a_call_that_is_tried_again_is_no_error(written: Written) -> None:
    @observed
    def handler(event: dict[str, Any], context: Any) -> None:
        raise event["error"]

    for error in (ModelUnavailable("HTTP 529"), RecordNotFound("no such record")):
        with pytest.raises(type(error)):
            handler({"run_id": "run_1", "error": error}, Context())
    said = [json.loads(line) for line in written()]
    assert [(line["level"], line["error_type"], line["run_id"]) for line in said] == [
        ("WARNING", "ModelUnavailable", "run_1"),
        ("ERROR", "RecordNotFound", "run_1"),
    ]
