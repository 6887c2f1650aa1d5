"""Write the results of some test cases of a run: from the records of their branches to rows."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from pydantic import BaseModel

from skill_benchmark.adapters import postgres_results, postgres_runs
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.run_records import RunRecords
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.plan import Plan
from skill_benchmark.domain.results import Result
from skill_benchmark.domain.run_status import Attempt
from skill_benchmark.domain.unfinished import Unfinished

_SECONDS_A_STATEMENT = 120


class Shard(BaseModel):
    """The test cases [first_case, end_case) of a run."""

    run_id: str
    tenant_id: str
    first_case: int
    end_case: int


class ShardWritten(BaseModel):
    results: int = 0
    """Those that are in the database now."""
    written: int = 0
    """Those that this time added or replaced."""
    records: int = 0
    outcomes: dict[str, int] = {}
    """Of those that are in the database now."""
    unfinished: Unfinished = Unfinished()
    """Of a run that ended early: what was begun and is in no result."""


@dataclass(frozen=True)
class ResultWriter:
    """Writes shards. Done again, or by two at the same time, it changes nothing."""

    database: Database
    store: ObjectStore

    def write(self, shard: Shard, attempt: Attempt, *, ended_early: bool) -> ShardWritten:
        """`ended_early`: a later execution may bring what has not come, so that nothing is said of it yet.

        Writes nothing, or no more, of a run that has ended meanwhile or that another execution has taken over.
        Raises NotFound for a run that the tenant does not have, and LookupError for one without a plan.
        """
        with self.database.transaction(shard.tenant_id) as cursor:
            run = postgres_runs.open_run(cursor, shard.run_id, attempt)
        plan = self.store.get(record_keys.plan(shard.run_id), Plan) if run else None
        if plan is None:
            if run is None or ended_early:
                return ShardWritten()
            raise LookupError(f"{record_keys.plan(shard.run_id)} does not exist")
        records = RunRecords(self.store, plan, shard.first_case, shard.end_case)
        done = ShardWritten()
        parts = []
        for batch in _read_ahead(records.batches()):
            kept = [result for result in batch if result.finished or not ended_early]
            left = [result for result in batch if ended_early and not result.finished]
            with self.database.transaction(shard.tenant_id, statement_timeout_seconds=_SECONDS_A_STATEMENT) as cursor:
                if not postgres_runs.run_to_end(cursor, shard.run_id, lock="SHARE").is_written_by(attempt):
                    return done
                done.written += postgres_results.write_results(cursor, plan, kept, unfinished=left)
            done.results += len(kept)
            for result in kept:
                done.outcomes[result.outcome] = done.outcomes.get(result.outcome, 0) + 1
            parts.append(Unfinished.of(left, answers_bought=plan.rejudged is None))
        done.records = records.records
        if ended_early:
            done.unfinished = Unfinished.total(parts)
        return done


def _read_ahead(batches: Iterator[list[Result]]) -> Iterator[list[Result]]:
    """The next batch is read while one is written."""
    with ThreadPoolExecutor(1) as reader:
        coming: Future[list[Result]] = reader.submit(next, batches, [])
        while batch := coming.result():
            coming = reader.submit(next, batches, [])
            yield batch
