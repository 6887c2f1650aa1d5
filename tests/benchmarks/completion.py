"""`python -m tests.benchmarks.completion`: from the records of a run to its rows and its end.

The real handlers of Write Results and Complete Run, each in a fresh process, shard after shard, over an object store
that takes 20 ms to answer and lives in a process of its own. Then what they are made of, alone: reading the records of
one shard until they are rows, and writing these rows, beside a bare COPY of them into the same tables.

All of it runs on this machine: the store, PostgreSQL and the handler share its processors. What the store took of them
is printed, and what the handler took, which is what a Lambda function would need.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
from psycopg import sql

from skill_benchmark.adapters import postgres_results, postgres_runs, postgres_skills, result_rows
from skill_benchmark.adapters.postgres import tenant_transaction
from skill_benchmark.adapters.run_records import RunRecords
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Plan, PlannedCase
from skill_benchmark.domain.results import Result
from tests.benchmarks.database import HandlerProcess, Server, started
from tests.benchmarks.object_server import LATENCY_SECONDS, ObjectServer, served
from tests.unit.domain.examples import a_plan, a_verdict, an_answer

SIZES = ("10000x1", "100000x1", "100000x5")
RECORDS_A_SHARD = 50_000

_MODELS = ["claude-fable-5-5", "claude-haiku-5-5", "claude-opus-5-5", "claude-sonnet-5-5"]
_REPEATS = 5
_WORDS = "The quick brown fox jumps over the lazy dog. "
_TABLES = {
    "benchmark_results": result_rows.RESULT_COLUMNS,
    "benchmark_verdicts": result_rows.VERDICT_COLUMNS,
    "token_measurements": result_rows.MEASUREMENT_COLUMNS,
}
_DATABASES = ("completed", "written", "copied")


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Reading alone, then writing alone, of one shard; in a process of its own."""
    from skill_benchmark.composition import object_store
    from skill_benchmark.warm_database import database

    store = object_store()
    plan = store.require(record_keys.plan(event["run_id"]), Plan)
    list(store.get_many([]))  # what is loaded on the first use
    begun, cpu = time.perf_counter(), time.process_time()
    records = RunRecords(store, plan, event["first_case"], event["end_case"])
    batches: list[list[Result]] = []
    for batch in records.batches():
        batches.append(batch)
        for _ in _rows(plan, batch):
            pass
    read, read_cpu = time.perf_counter() - begun, time.process_time() - cpu
    database_ = database()
    begun, cpu = time.perf_counter(), time.process_time()
    for batch in batches:
        with database_.transaction(plan.tenant_id, statement_timeout_seconds=300) as cursor:
            postgres_results.write_results(cursor, plan, batch)
    written, write_cpu = time.perf_counter() - begun, time.process_time() - cpu
    return {
        "records": records.records,
        "read": read,
        "read_cpu": read_cpu,
        "written": written,
        "write_cpu": write_cpu,
    }


def _rows(plan: Plan, results: list[Result]) -> Iterator[tuple[Any, ...]]:
    for result in results:
        yield result_rows.result_row(plan, result)
        yield from (result_rows.verdict_row(plan, result, call) for call in result.judge_calls)
        if result.answer:
            yield result_rows.measurement_row(plan, result.answer)


@dataclass(frozen=True)
class _Size:
    results: int
    judges: int

    @classmethod
    def of(cls, text: str) -> "_Size":
        results, _, judges = text.partition("x")
        return cls(int(results), int(judges or 1))

    def plan(self) -> Plan:
        cases = self.results // (len(_MODELS) * _REPEATS)
        return a_plan(
            run_id=f"run_{self.results}_{self.judges}",
            cases=[PlannedCase(input=f"Case {i}. {4 * _WORDS}", expected_output=f"Case {i}.") for i in range(cases)],
            models=_MODELS,
            judges=[f"claude-judge-{index}" for index in range(self.judges)],
            repeats=_REPEATS,
        )

    def shards(self) -> list[dict[str, int]]:
        step = RECORDS_A_SHARD // (len(_MODELS) * _REPEATS * (1 + self.judges))
        cases = self.results // (len(_MODELS) * _REPEATS)
        return [{"first_case": first, "end_case": min(first + step, cases)} for first in range(0, cases, step)]


def report(sizes: tuple[str, ...] = SIZES) -> None:
    print(f"a store that takes {LATENCY_SECONDS * 1000:.0f} ms; at most {RECORDS_A_SHARD:,} records a shard")
    for text in sizes:
        size = _Size.of(text)
        plan = size.plan()
        with ExitStack() as stack:
            store = stack.enter_context(served(_records(plan)))  # first: it is forked, and the server has threads
            server = stack.enter_context(started())
            _measure(server, store, plan, size)


def _measure(server: Server, store: ObjectServer, plan: Plan, size: _Size) -> None:
    for dbname in _DATABASES:
        server.create_database(dbname)
        _begin(server, dbname, plan)
    shards = size.shards()
    run: dict[str, Any] = {"run_id": plan.run_id, "tenant_id": plan.tenant_id, "ended": None}
    print(f"\n{size.results:,} results × {size.judges} judges, {len(shards)} shards")

    with _process("functions.write_results.app", server, store, "completed") as (process, memory):
        seconds, records = [], 0
        for shard in shards:
            taken, done = process.invoke(run | shard)
            seconds.append(taken)
            records += done["records"]
        _line("Write Results", f"{max(seconds):.1f} s the longest shard, {sum(seconds):.1f} s one after the other, "
              f"{records:,} records, {records / sum(seconds):,.0f} records/s; "
              f"memory at most {max(memory) / 1e6:.0f} MB")  # fmt: skip
    with _process("functions.complete_run.app", server, store, "completed") as (process, memory):
        taken, end = process.invoke(run)
        _line("Complete Run", f"{taken:.1f} s, {end['status']}, {end['scored_results']:,} scored; "
              f"memory at most {max(memory) / 1e6:.0f} MB")  # fmt: skip

    with _process("tests.benchmarks.completion", server, store, "written") as (process, _):
        store_cpu = store.cpu_seconds()
        _, alone = process.invoke(run | shards[0])
        store_cpu = store.cpu_seconds() - store_cpu
    count = alone["records"]
    read_cpu, store_cpu = (seconds / count * 1e6 for seconds in (alone["read_cpu"], store_cpu))
    _line("reading alone", f"{count / alone['read']:,.0f} records/s; a record takes {read_cpu:.0f} µs of a processor, "
          f"and the store {store_cpu:.0f} µs")  # fmt: skip
    rows, copied = _copy(server, plan)
    ours, bare = (sum(rows.values()) / taken for taken in (alone["written"], sum(copied.values())))
    _line("writing alone", f"{ours:,.0f} rows/s of 3 tables, bare COPY {bare:,.0f}: {ours / bare:.2f} ×")


def _line(what: str, found: str) -> None:
    print(f"  {what:14} {found}", flush=True)


@contextmanager
def _process(
    module: str, server: Server, store: ObjectServer, dbname: str
) -> Iterator[tuple[HandlerProcess, list[int]]]:
    environment = server.environment(dbname) | {"AWS_ENDPOINT_URL_S3": store.url}
    with HandlerProcess(module, environment) as process, _memory_of(process.pid) as memory:
        yield process, memory


def _begin(server: Server, dbname: str, plan: Plan) -> None:
    with server.runtime(dbname) as connection, tenant_transaction(connection, plan.tenant_id) as cursor:
        skill = postgres_skills.unregistered_version(cursor, plan.skill_id, plan.skill_content)
        started_plan = plan.model_copy(update={"skill_version_id": skill.version_id})
        postgres_runs.create_run(cursor, started_plan, None, None)
        postgres_runs.mark_running(cursor, plan.run_id, "arn:of-no-execution")


def _records(plan: Plan) -> dict[str, bytes]:
    """One answer in a hundred is refused, and of one in a hundred each judge failed."""
    objects = {record_keys.plan(plan.run_id): plan.model_dump_json().encode()}
    failure = b'{"Error": "JudgeUnreadable", "Cause": "the reply is not one JSON object"}'
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
            objects[record_keys.answer(plan.run_id, branch.answer_id)] = answer.model_dump_json().encode()
            for index, judge in enumerate(() if refused else plan.judges):
                if failed:
                    objects[record_keys.failure(plan.run_id, branch.answer_id, f"judge-{index}")] = failure
                    continue
                verdict = a_verdict(50 + number * 7 % 47, judge=judge, answer_id=branch.answer_id)
                key = record_keys.verdict(plan.run_id, branch.answer_id, judge)
                objects[key] = verdict.model_dump_json().encode()
    return objects


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
    """Rows that were written by table, and the seconds that a bare COPY of them into a new database takes."""
    rows, seconds = {}, {}
    with server.administrator("written") as written, server.administrator("copied") as copied:
        written.execute("CHECKPOINT")
        # For the rollup, whose trigger is bound by row level security.
        copied.execute("SELECT set_config('app.current_tenant_id', %s, false)", [plan.tenant_id])
        for table, names in _TABLES.items():
            parts = {"table": sql.Identifier(table), "columns": sql.SQL(", ").join(map(sql.Identifier, names))}
            with tempfile.TemporaryFile(dir=server.folder) as file:
                with written.cursor().copy(sql.SQL("COPY {table} ({columns}) TO STDOUT").format(**parts)) as copy:
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
    parser.add_argument("sizes", nargs="*", default=SIZES, help="RESULTSxJUDGES; results are a multiple of 20")
    options = parser.parse_args()
    report(tuple(options.sizes))


if __name__ == "__main__":
    main()
