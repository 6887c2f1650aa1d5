from typing import Any

from scripts.preflight.proof import prove
from tests.unit.preflight.account import deployment

STACK = deployment(DefaultModels="cheap,dear", DefaultJudges="judge,other")
COMPLETED = {
    "id": "run_1",
    "status": "completed",
    "scored_results": 2,
    "simulated": True,
    "models": ["cheap"],
    "judges": ["judge"],
    "model_cost_microcents": 300,
    "judge_cost_microcents": None,
}


class Service:
    """An API that answers from what it was told; it notes what it was asked, and what was erased."""

    def __init__(
        self, run: dict[str, Any], health: tuple[int, Any] | None = None, not_erased: str | None = None
    ) -> None:
        self._run = run
        self._not_erased = not_erased
        self._health = health or (200, {"database_reachable": True, "version": "1"})
        self.bodies: dict[str, Any] = {}
        self.erased: list[str] = []

    def __call__(self, method: str, path: str, body: Any = None, **_: str) -> tuple[int, Any]:
        self.bodies[method] = body
        if method == "PUT":
            self.skill = path.rpartition("/")[2]
        if path == "/v1/health":
            return self._health
        return {"PUT": (201, {}), "POST": (202, {"run_id": "run_1"}), "GET": (200, self._run)}[method]

    def erase(self, skill: str) -> str | None:
        self.erased.append(skill)
        return self._not_erased

    def prove(self) -> list[str]:
        return [found.status for found in prove(self, STACK, self.erase, sleep=lambda _: None)]


def test_two_cases_are_run_on_one_model_and_one_judge_and_the_skill_is_erased() -> None:
    service = Service(COMPLETED)

    assert service.prove() == ["ok", "ok", "ok"]
    asked = service.bodies["POST"]
    assert (len(asked["test_cases"]), asked["models"], asked["judges"]) == (2, ["cheap"], ["judge"])
    assert service.erased == [service.skill]


def test_a_run_that_fails_is_a_problem_and_is_erased_too() -> None:
    service = Service({**COMPLETED, "status": "failed", "scored_results": 0})

    assert "problem" in service.prove()
    assert service.erased == [service.skill]


def test_a_run_that_scored_one_of_two_is_a_problem() -> None:
    assert "problem" in Service({**COMPLETED, "scored_results": 1}).prove()


def test_a_run_that_never_ends_is_a_problem() -> None:
    assert "problem" in Service({**COMPLETED, "status": "running"}).prove()


def test_what_could_not_be_erased_is_a_problem() -> None:
    assert Service(COMPLETED, not_erased="no database").prove() == ["ok", "ok", "problem"]


def test_an_api_without_a_database_is_a_problem_and_nothing_is_started() -> None:
    service = Service(COMPLETED, health=(503, {"database_reachable": False}))

    assert service.prove() == ["problem"]
    assert "POST" not in service.bodies
    assert service.erased == []
