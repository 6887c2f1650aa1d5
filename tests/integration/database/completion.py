"""Runs to be completed: records as their functions would have left them, and what is to come of them."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from skill_benchmark.adapters import postgres_runs, postgres_skills
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.run_records import RunRecords
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.comparison import compared
from skill_benchmark.domain.measured import measured
from skill_benchmark.domain.plan import Plan, PlannedCase, Seat, new_run_id
from skill_benchmark.domain.records import LostAttempt
from skill_benchmark.domain.results import Result
from skill_benchmark.domain.run_status import Attempt
from skill_benchmark.domain.summaries import RunSummary
from skill_benchmark.domain.summary import Summary
from skill_benchmark.domain.unfinished import Unfinished
from skill_benchmark.use_cases.complete_run import RunCompleter, RunEnd
from skill_benchmark.use_cases.execution_end import ExecutionEnd
from skill_benchmark.use_cases.write_results import ResultWriter, Shard, ShardWritten
from tests.unit.domain.examples import a_call, a_plan, a_verdict, an_answer

FAILED = ExecutionEnd(status="FAILED", error="Boom", cause="it broke")
ABORTED = ExecutionEnd(status="ABORTED")
EXECUTION = "arn:execution"


@dataclass(frozen=True)
class Run:
    """One run of tenant `tenant`, its records and its rows."""

    database: Database
    store: ObjectStore
    plan: Plan

    @classmethod
    def begin(cls, database: Database, store: ObjectStore, **changes: Any) -> "Run":
        cases = [PlannedCase(input=f"case {index}", expected_output="x") for index in range(6)]
        # An id of its own, because other tests may keep their records in the same bucket.
        plan = a_plan(cases=cases, **{"run_id": new_run_id(), **changes})
        store.put_once(record_keys.plan(plan.run_id), plan)
        with database.transaction(plan.tenant_id) as cursor:
            skill = postgres_skills.unregistered_version(cursor, plan.skill_id, plan.skill_content)
            started = plan.model_copy(update={"skill_version_id": skill.version_id})
            postgres_runs.create_run(cursor, started, None, None)
            postgres_runs.mark_running(cursor, plan.run_id, EXECUTION)
        return cls(database, store, plan)

    def id_of(self, case: int, model: str = "model-a", repeat: int = 0) -> str:
        return self.plan.answer_id(case, model, repeat)

    def answer(self, case: int, model: str = "model-a", repeat: int = 0, **changes: Any) -> None:
        answer_id = self.id_of(case, model, repeat)
        place = {"answer_id": answer_id, "case_index": case, "model": model, "repeat_index": repeat}
        self.store.put_once(record_keys.answer(self.plan.run_id, answer_id), an_answer(**place | changes))

    def verdict(self, case: int, score: int, model: str = "model-a", repeat: int = 0, **changes: Any) -> None:
        answer_id = self.id_of(case, model, repeat)
        verdict = a_verdict(score, answer_id=answer_id, **changes)
        key = record_keys.verdict(self.plan.run_id, answer_id, verdict.judge, verdict.verdict_index)
        self.store.put_once(key, verdict)

    def failure(self, case: int, stage: str, model: str = "model-a", repeat: int = 0) -> None:
        body = json.dumps({"Error": "ModelUnavailable", "Cause": "down"}).encode()
        key = record_keys.failure(self.plan.run_id, self.id_of(case, model, repeat), stage)
        self.store.put_bytes_once(key, body)

    def lost(
        self,
        case: int,
        attempt: str,
        judge: str | None = None,
        model: str = "model-a",
        repeat: int = 0,
        cost: int | None = 7,
    ) -> None:
        answer_id = self.id_of(case, model, repeat)
        lost = LostAttempt(
            answer_id=answer_id, judge=judge, error_type="ModelTimeout", error_message="late", call=a_call(cost)
        )
        key_of = record_keys.lost_verdict if judge else record_keys.lost_answer
        self.store.put_once(key_of(self.plan.run_id, answer_id, attempt), lost)

    def score_all(self, score: int = 80, *, but: frozenset[tuple[int, str]] = frozenset()) -> None:
        for case in range(len(self.plan.cases)):
            for branch in self.plan.branches(case):
                if (case, branch.model) not in but:
                    self.answer(case, branch.model, branch.repeat_index)
                    for seat in self.plan.panel:
                        place: Any = {"judge": seat.judge, "verdict_index": seat.verdict_index}
                        self.verdict(case, score, branch.model, branch.repeat_index, **place)

    def scatter(self, seed: int) -> None:
        """Records of every kind, at random: also branches of which nothing or half is there."""
        draw = random.Random(seed)
        for case in range(len(self.plan.cases)):
            for branch in self.plan.branches(case):
                self._scatter_branch(draw, (case, branch.model, branch.repeat_index))

    def _scatter_branch(self, draw: random.Random, place: tuple[int, str, int]) -> None:
        case, model, repeat = place
        of: Any = {"model": model, "repeat": repeat}
        if draw.random() < 0.3:
            self.lost(case, "first", **of, cost=draw.choice([None, 7]))
        if draw.random() < 0.1:
            self.lost(case, "second", **of, cost=None)
        kind = draw.choices(["answered", "refused", "truncated", "failed", "nothing"], [12, 1, 1, 1, 1])[0]
        if kind == "failed":
            self.failure(case, "model", **of)
        if kind in {"failed", "nothing"}:
            return
        call = a_call(draw.choice([None, draw.randrange(10**6)]), draw.randrange(1, 9_999))
        stop = {"answered": "end_turn", "refused": "refusal", "truncated": "max_tokens"}[kind]
        self.answer(*place, outcome=kind, stop_reason=stop, call=call)
        for index, seat in enumerate(self.plan.panel if kind == "answered" else ()):
            self._scatter_seat(draw, place, index, seat)

    def _scatter_seat(self, draw: random.Random, place: tuple[int, str, int], index: int, seat: Seat) -> None:
        case, model, repeat = place
        if draw.random() < 0.2:
            self.lost(case, f"again-{index}", seat.judge, model, repeat)
        fate = draw.random()
        if fate < 0.8:
            call = a_call(draw.choice([None, draw.randrange(10**5)]))
            matches = draw.choice([True, False, None])
            of: Any = {
                "judge": seat.judge,
                "verdict_index": seat.verdict_index,
                "call": call,
                "matches_expected": matches,
            }
            self.verdict(case, draw.randrange(101), model, repeat, **of)
        elif fate < 0.95:
            self.failure(case, f"judge-{index}", model, repeat)

    def results(self) -> Iterator[Result]:
        for batch in RunRecords(self.store, self.plan, 0, len(self.plan.cases)).batches():
            yield from batch

    def recomputed(self, ended: ExecutionEnd | None = None) -> RunSummary:
        """What the run comes to, from its records, past the database."""
        summary = Summary(self.plan.models, len(self.plan.cases), self.plan.repeats)
        for result in self.results():
            if result.finished or ended is None:
                summary.add(measured(result))
        closed = summary.close(ended.of_run if ended else None)
        return compared(closed, summary.scores())

    def write(
        self, ended: ExecutionEnd | None = None, shard: tuple[int, int] = (0, 6), *, redrives: int = 0
    ) -> ShardWritten:
        of = Shard(run_id=self.plan.run_id, tenant_id=self.plan.tenant_id, first_case=shard[0], end_case=shard[1])
        attempt = Attempt(EXECUTION, redrives)
        return ResultWriter(self.database, self.store).write(of, attempt, ended_early=ended is not None)

    def complete(
        self, ended: ExecutionEnd | None = None, *, redrives: int = 0, unfinished: Sequence[Unfinished] = ()
    ) -> RunEnd:
        attempt = Attempt(EXECUTION, redrives)
        return RunCompleter(self.database).complete(self.plan.tenant_id, self.plan.run_id, attempt, ended, unfinished)

    def rows(self, table: str, *, order: str = "1", hidden: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
        with self.database.transaction(self.plan.tenant_id) as cursor:
            rows = cursor.execute(f"SELECT * FROM {table} ORDER BY {order}").fetchall()
        return [{name: value for name, value in row.items() if name not in hidden} for row in rows]

    def all_rows(self) -> dict[str, list[dict[str, Any]]]:
        """Every row that a completion writes, with the version of the row that the server keeps."""
        branch = "model_name, test_case_index, repeat_index"
        orders = {
            "benchmark_runs": "id",
            "benchmark_results": branch,
            "benchmark_verdicts": f"{branch}, judge, verdict_index",
            "benchmark_model_summaries": "model_name",
            "benchmark_model_pairs": "model_a, model_b",
            "token_measurements": "deduplication_key",
            "token_measurement_daily": "model_name",
        }
        with self.database.transaction(self.plan.tenant_id) as cursor:
            return {
                table: cursor.execute(f"SELECT xmin::text AS version, * FROM {table} ORDER BY {order}").fetchall()
                for table, order in orders.items()
            }
