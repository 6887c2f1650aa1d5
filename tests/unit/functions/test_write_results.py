"""Write Results: which shard, how the run ended, and what is said of it."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.write_results import app
from skill_benchmark.domain.run_status import Attempt
from skill_benchmark.use_cases.write_results import Shard, ShardWritten
from tests.unit.functions.conftest import Context

EVENT = {
    "run_id": "run_1",
    "tenant_id": "acme",
    "execution_arn": "arn:run_1",
    "redrive_count": 3,
    "first_case": 2,
    "end_case": 5,
    "ended": None,
}


@dataclass
class Writer:
    asked: list[tuple[Shard, Attempt, bool]] = field(default_factory=list)

    def write(self, shard: Shard, attempt: Attempt, *, ended_early: bool) -> ShardWritten:
        self.asked.append((shard, attempt, ended_early))
        return ShardWritten(results=6, written=4, records=12, outcomes={"scored": 6})


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Writer:
    writer = Writer()
    monkeypatch.setattr(app, "writer", lambda: writer)
    return writer


def test_the_cases_of_the_shard_are_written_and_counted(writer: Writer) -> None:
    unfinished = {"answers": None, "cost_microcents": None, "cost_uncounted": None}
    done = {"results": 6, "written": 4, "records": 12, "outcomes": {"scored": 6}, "unfinished": unfinished}
    assert app.lambda_handler(dict(EVENT), Context()) == done
    [(shard, attempt, ended_early)] = writer.asked
    assert (shard.run_id, shard.tenant_id, shard.first_case, shard.end_case) == ("run_1", "acme", 2, 5)
    assert attempt == Attempt("arn:run_1", 3)
    assert not ended_early


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_run_that_did_not_get_to_its_end_is_written_as_such(writer: Writer, status: str) -> None:
    ended = {"executionArn": "arn:other", "status": status, "error": None, "cause": None, "redriveCount": 1}
    app.lambda_handler(EVENT | {"ended": ended}, Context())
    assert writer.asked[0][1:] == (Attempt("arn:other", 1), True), (
        "of the execution that ended, not of the one that says so"
    )


def test_an_engine_that_knows_no_redrive_has_made_none(writer: Writer) -> None:
    app.lambda_handler(EVENT | {"redrive_count": None}, Context())
    assert writer.asked[0][1] == Attempt("arn:run_1", 0)


@pytest.mark.parametrize("name", EVENT)
def test_a_task_without_what_it_is_about_is_refused(writer: Writer, name: str) -> None:
    event: dict[str, Any] = {key: value for key, value in EVENT.items() if key != name}
    with pytest.raises(Exception, match=f"^WriteResultsTask: {name}: missing$"):
        app.lambda_handler(event, Context())
    assert writer.asked == []
