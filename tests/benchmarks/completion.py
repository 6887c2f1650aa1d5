"""`python -m tests.benchmarks.completion`: from the records of a run to its rows, beside a bare COPY of those rows.

The real handler of Complete Run, in a fresh process, over the embedded stack's object store. The limits of a plan allow
100,000 results: 5,000 cases × 4 models × 5 repeats, and about twice as many records. A record is read from a directory,
which costs less than a request to S3, so that the share of reading is a lower bound.
"""

import argparse
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from unittest import mock

import psutil
from psycopg import sql

from skill_benchmark.adapters import postgres, postgres_runs, postgres_skills, result_rows, run_records
from skill_benchmark.adapters.postgres import tenant_transaction
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Plan, PlannedCase
from tests.benchmarks.database import HandlerProcess, Server, started
from tests.unit.domain.examples import a_plan, a_verdict, an_answer

SIZES = (10_000, 100_000)

_MODELS = ["claude-fable-5-5", "claude-haiku-5-5", "claude-opus-5-5", "claude-sonnet-5-5"]
_JUDGE = "claude-opus-5-5"
_REPEATS = 5
_WORDS = "The quick brown fox jumps over the lazy dog. "
_TABLES = {
    "benchmark_results": result_rows.RESULT_COLUMNS,
    "benchmark_verdicts": result_rows.VERDICT_COLUMNS,
    "token_measurements": result_rows.MEASUREMENT_COLUMNS,
}

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Stopwatch:
    """Seconds by what they were spent on."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def on(self, work: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[work] += time.perf_counter() - begun

    def each(self, work: str, items: Iterable[T]) -> Iterator[T]:
        """Pass the items on, and take the time that it takes to make them."""
        iterator = iter(items)
        while True:
            with self.on(work):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item

    def timed(self, work: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self.on(work):
            return function(*args, **kwargs)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The real handler, with a stopwatch at the seams of what it calls. Runs in a process of its own."""
    from functions.complete_run import app

    watch = Stopwatch()
    bytes_before = psutil.Process().memory_info().rss
    prepare, results = run_records.RunRecords.__init__, run_records.RunRecords.results

    def copy_rows(cursor: postgres.Cursor, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        with watch.on("write"):
            return postgres.copy_rows(cursor, table, columns, watch.each("make rows", rows))

    with (
        mock.patch.object(run_records.RunRecords, "__init__", lambda *args: watch.timed("list", prepare, *args)),
        mock.patch.object(run_records.RunRecords, "results", lambda records: watch.each("read", results(records))),
        mock.patch.object(postgres_runs, "copy_rows", copy_rows),
        watch.on("all"),
    ):
        answer = app.lambda_handler(event, context)
    watch.seconds["write"] -= watch.seconds["make rows"]
    watch.seconds["rest"] = 2 * watch.seconds["all"] - sum(watch.seconds.values())
    return {**answer, "seconds": dict(watch.seconds), "bytes_before": bytes_before}


def report(sizes: Sequence[int] = SIZES) -> None:
    print("\ncompletion of a run by its handler in a fresh process, beside a bare COPY of the rows that it wrote")
    print("  results   handler   results/s (of bare COPY)   rows/s of 3 tables, writing alone   memory before    peak")
    for size in sizes:
        with started() as server:
            _measure(server, size)


def _measure(server: Server, size: int) -> None:
    plan = _plan(size)
    for dbname in ("completed", "copied"):
        server.create_database(dbname)
        _begin(server, dbname, plan)
    bucket = server.folder / "records"
    _write_records(bucket, plan)
    environment = server.environment("completed")
    with (
        HandlerProcess("tests.benchmarks.completion", environment, bucket=bucket) as handler,
        _memory_of(handler.pid) as memory,
    ):
        _, end = handler.invoke({"run_id": plan.run_id, "tenant_id": plan.tenant_id})
    if end["status"] != "completed_with_failures" or end["planned_results"] != size:
        raise SystemExit(f"the run of {size} results was not completed: {end}")
    seconds = end["seconds"]
    rows, copied = _copy(server, plan)
    all_rows = sum(rows.values())
    ours, bare = (size / taken for taken in (seconds["all"], copied["benchmark_results"]))
    writing = seconds["make rows"] + seconds["write"]
    ours_of_all, bare_of_all = (all_rows / taken for taken in (writing, sum(copied.values())))
    print(
        f"  {size:7,}  {seconds['all']:6.1f} s  {ours:10,.0f} of {bare:7,.0f}  {ours / bare:5.2f} ×"
        f"  {ours_of_all:22,.0f} of {bare_of_all:7,.0f}  {ours_of_all / bare_of_all:5.2f} ×"
        f"     {end['bytes_before'] / 1e6:14.0f} MB  {max(memory) / 1e6:5.0f} MB"
    )
    split = ", ".join(f"{work} {taken:.1f} s" for work, taken in seconds.items() if work != "all")
    print(f"           {split}", flush=True)


def _plan(results: int) -> Plan:
    cases = results // (len(_MODELS) * _REPEATS)
    return a_plan(
        run_id=f"run_{results}",
        cases=[PlannedCase(input=f"Case {i}. {4 * _WORDS}", expected_output=f"Case {i}.") for i in range(cases)],
        models=_MODELS,
        judges=[_JUDGE],
        repeats=_REPEATS,
    )


def _begin(server: Server, dbname: str, plan: Plan) -> None:
    with server.runtime(dbname) as connection, tenant_transaction(connection, plan.tenant_id) as cursor:
        skill = postgres_skills.put_skill(cursor, plan.skill_id, plan.skill_content, None)
        started_plan = plan.model_copy(update={"skill_version_id": skill.version_id})
        postgres_runs.create_run(cursor, started_plan, None, None)
        postgres_runs.mark_running(cursor, plan.run_id, "arn:of-no-execution")


def _write_records(bucket: Path, plan: Plan) -> None:
    """One answer in a hundred is refused, and of one in a hundred the judge failed."""
    _put(bucket, record_keys.plan(plan.run_id), plan.model_dump_json())
    failure = '{"Error": "JudgeUnreadable", "Cause": "the reply is not one JSON object"}'
    for item in plan.map_items():
        for place, branch in enumerate(item.branches):
            number = item.case_index * len(item.branches) + place
            refused, failed = number % 100 == 7, number % 100 == 8
            answer = an_answer(
                answer_id=branch.answer_id,
                case_index=item.case_index,
                model=branch.model,
                repeat_index=branch.repeat_index,
                outcome="refused" if refused else "answered",
                stop_reason="refusal" if refused else "end_turn",
                text=f"Answer {number}. {15 * _WORDS}",
            )
            _put(bucket, record_keys.answer(plan.run_id, branch.answer_id), answer.model_dump_json())
            if failed:
                _put(bucket, record_keys.failure(plan.run_id, branch.answer_id, "judge-0"), failure)
            elif not refused:
                verdict = a_verdict(50 + number * 7 % 47, judge=_JUDGE, answer_id=branch.answer_id)
                _put(bucket, record_keys.verdict(plan.run_id, branch.answer_id, _JUDGE), verdict.model_dump_json())


def _put(bucket: Path, key: str, body: str) -> None:
    path = bucket / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body, encoding="utf-8")


@contextmanager
def _memory_of(pid: int) -> Iterator[list[int]]:
    """Resident bytes of a process, sampled until the end of the block.

    Not `ru_maxrss`: on Linux a new process starts with its parent's.
    """
    process = psutil.Process(pid)
    samples: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            samples.append(process.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    yield samples
    done.set()
    thread.join()


def _copy(server: Server, plan: Plan) -> tuple[dict[str, int], dict[str, float]]:
    """Rows of the completed run by table, and the seconds that a bare COPY of them into a new database takes."""
    rows, seconds = {}, {}
    with server.administrator("completed") as completed, server.administrator("copied") as copied:
        completed.execute("CHECKPOINT")
        # For the rollup, whose trigger is bound by row level security.
        copied.execute("SELECT set_config('app.current_tenant_id', %s, false)", [plan.tenant_id])
        for table, names in _TABLES.items():
            parts = {"table": sql.Identifier(table), "columns": sql.SQL(", ").join(map(sql.Identifier, names))}
            with tempfile.TemporaryFile(dir=server.folder) as file:
                with completed.cursor().copy(sql.SQL("COPY {table} ({columns}) TO STDOUT").format(**parts)) as copy:
                    for block in copy:
                        file.write(block)
                file.seek(0)
                begun = time.perf_counter()
                cursor = copied.cursor()
                with cursor.copy(sql.SQL("COPY {table} ({columns}) FROM STDIN").format(**parts)) as copy:
                    while block := file.read(1 << 20):
                        copy.write(block)
                seconds[table] = time.perf_counter() - begun
                rows[table] = cursor.rowcount
    return rows, seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.completion", description=__doc__)
    parser.add_argument("--results", type=int, nargs="*", default=SIZES, help="sizes of the run; multiples of 20")
    options = parser.parse_args()
    report(options.results)


if __name__ == "__main__":
    main()
