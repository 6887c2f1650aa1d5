"""The same request with the same key is the same run, and changes nothing, whatever has changed meanwhile."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import pytest

from skill_benchmark.adapters import postgres_skills
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import Conflict, NotFound
from skill_benchmark.domain.plan import Plan
from skill_benchmark.use_cases.start_run import NOT_IDEMPOTENT, Idempotency
from tests.integration.database.starts import KEY, TENANT, Starts

OTHER = Idempotency("other", "1" * 64)


def test_a_repeat_leaves_the_skill_as_it_is_now(starts: Starts) -> None:
    run_id = starts.start(skill_content="The text of then.")
    starts.register("The text of now.")
    starts.add_example("an example")
    before = starts.rows("skills"), starts.rows("skill_versions"), starts.rows("benchmark_runs")
    assert starts.start(skill_content="The text of then.") == run_id
    assert (starts.rows("skills"), starts.rows("skill_versions"), starts.rows("benchmark_runs")) == before
    assert len(starts.machine.executions) == 1


def test_a_repeat_is_found_before_anything_that_may_have_changed_is_looked_at(starts: Starts) -> None:
    starts.register("Repeat.")
    starts.add_example("an example")
    run_id = starts.start(skill_content=None, test_cases=None)
    with starts.database.transaction(TENANT) as cursor:
        cursor.execute("UPDATE skills SET current_version_id = NULL")
    changed = replace(starts, defaults=("twice", "twice"))
    assert changed.start(skill_content=None, test_cases=None) == run_id
    with pytest.raises(NotFound, match="no registered text"):
        changed.start(OTHER, skill_content=None, test_cases=None)


def test_a_repeat_of_a_re_judging_needs_no_records_any_more(starts: Starts) -> None:
    source = starts.start(NOT_IDEMPOTENT)
    starts.end(source, source)
    run_id = starts.rejudge(source)
    starts.store.delete_all(record_keys.of_run(source))
    assert starts.rejudge(source) == run_id
    with pytest.raises(Conflict) as expired:
        starts.rejudge(source, OTHER)
    assert expired.value.kind == "records-expired"


def test_a_key_with_another_request_is_a_conflict_and_writes_nothing(starts: Starts) -> None:
    starts.start()
    with pytest.raises(Conflict) as reused:
        starts.start(Idempotency(KEY.key, "1" * 64), skill_content="Another text.")
    assert reused.value.kind == "idempotency-key-reused"
    assert [version["content"] for version in starts.rows("skill_versions")] == ["Repeat."]


def test_of_many_first_requests_at_once_all_get_the_one_run(starts: Starts) -> None:
    with ThreadPoolExecutor(6) as clients:
        [run_id] = set(clients.map(lambda _: starts.start(), range(12)))
    assert starts.machine.statuses() == {run_id: "RUNNING"}
    assert len(starts.rows("benchmark_runs")) == len(starts.rows("skill_versions")) == 1
    assert len(list(starts.store.keys("runs/"))) == 1, "no plan without a run"


def test_two_requests_at_once_with_one_key_are_one_run_and_one_conflict(starts: Starts) -> None:
    def start(number: int) -> str:
        try:
            return starts.start(Idempotency(KEY.key, f"{number % 2}" * 64), skill_content=f"Text {number % 2}.")
        except Conflict as error:
            return error.kind

    with ThreadPoolExecutor(6) as clients:
        answers = list(clients.map(start, range(12)))
    assert sorted(map(answers.count, set(answers))) == [6, 6]
    assert "idempotency-key-reused" in answers
    assert len(starts.rows("skill_versions")) == 1, "of the request that was refused nothing stays"


def test_a_text_that_a_run_brings_is_a_version_without_a_number_and_not_current(starts: Starts) -> None:
    current = starts.register("The skill's own text.")
    run_id = starts.start(skill_content="A try.")
    [skill] = starts.rows("skills")
    [own, brought] = starts.rows("skill_versions")
    assert (skill["current_version_id"], own["version_number"], brought["version_number"]) == (
        current.version_id,
        1,
        None,
    )
    assert starts.row(run_id)["skill_version_id"] == brought["id"]
    assert starts.store.require(record_keys.plan(run_id), Plan).skill_content == "A try."


def test_a_text_that_is_known_is_the_version_that_it_was(starts: Starts) -> None:
    known = starts.register("Repeat.")
    starts.register("The current text.")
    runs = [starts.start(NOT_IDEMPOTENT, skill_content="Repeat."), starts.start(NOT_IDEMPOTENT, skill_content="A try.")]
    again = starts.start(NOT_IDEMPOTENT, skill_content="A try.")
    versions = [starts.row(run_id)["skill_version_id"] for run_id in (*runs, again)]
    assert versions[0] == known.version_id
    assert versions[1] == versions[2]


def test_a_text_that_a_run_brought_gets_the_next_number_when_it_is_registered(starts: Starts) -> None:
    starts.register("One.")
    starts.start(skill_content="Brought.")
    [_, brought] = starts.rows("skill_versions")
    registered = starts.register("Brought.")
    assert (registered.version_id, registered.version_number) == (brought["id"], 2)
    assert (starts.register("Three.").version_number, starts.register("Brought.").version_number) == (3, 2)
    assert starts.rows("skills")[0]["current_version_id"] == brought["id"]


def test_a_skill_that_only_runs_have_brought_has_no_text_of_its_own(starts: Starts) -> None:
    starts.start()
    [skill] = starts.rows("skills")
    assert (skill["name"], skill["current_version_id"]) == ("echo", None)
    assert starts.stale() == [], "a schedule has nothing to run"
    with pytest.raises(NotFound, match="no registered text, only runs that brought their own; register one with PUT"):
        starts.start(NOT_IDEMPOTENT, skill_content=None)
    registered = starts.register("Repeat.", name="Echo")
    assert (registered.version_number, registered.name) == (1, "Echo")
    assert starts.stale() == ["echo"]


def test_who_registers_a_text_waits_for_the_run_that_brings_it_and_gives_it_its_number(starts: Starts) -> None:
    starts.register("One.")
    with ThreadPoolExecutor(1) as aside:
        with starts.database.transaction(TENANT) as run:
            brought = postgres_skills.unregistered_version(run, "echo", "Two.")
            registering = aside.submit(starts.register, "Two.")
            wait([registering], timeout=0.3)
            assert not registering.done()
        registered = registering.result(10)
    assert (registered.version_id, registered.version_number) == (brought.version_id, 2)
