"""Complete a run: from the rows of its results to its summaries, its comparison and its end."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from skill_benchmark.adapters import postgres_runs
from skill_benchmark.adapters.postgres import Database
from skill_benchmark.adapters.postgres_results import measured_results
from skill_benchmark.adapters.postgres_runs import RunToEnd
from skill_benchmark.domain.comparison import compared
from skill_benchmark.domain.errors import ResultsNotWritten
from skill_benchmark.domain.run_status import Attempt
from skill_benchmark.domain.summaries import RunSummary
from skill_benchmark.domain.summary import Summary
from skill_benchmark.domain.unfinished import Unfinished
from skill_benchmark.use_cases.execution_end import ExecutionEnd


class RunEnd(BaseModel):
    """How a run ended, as the workflow announces it."""

    run_id: str
    tenant_id: str
    skill_id: str
    status: str
    planned_results: int
    scored_results: int | None
    best_model: str | None
    cheapest_model: str | None
    error_type: str | None
    error_message: str | None
    by_this: bool = Field(exclude=True)
    """Whether this completion ended it; another may have done so before."""


@dataclass(frozen=True)
class RunCompleter:
    """Ends runs whose results are written. A run that has ended is not changed, unless it was redriven after that."""

    database: Database

    def complete(
        self,
        tenant_id: str,
        run_id: str,
        attempt: Attempt,
        ended: ExecutionEnd | None = None,
        unfinished: Sequence[Unfinished] = (),
    ) -> RunEnd:
        """`ended` is given when the run did not get to the end of its plan; what it finished is kept.

        `unfinished` is what each shard says of the rest. Raises NotFound for a run that the tenant does not have, and
        ResultsNotWritten.
        """
        by_this = False
        with self.database.transaction(tenant_id) as cursor:
            run = postgres_runs.open_run(cursor, run_id, attempt)
        if run:
            summary = self._summary(run, ended)
            left = Unfinished.total(unfinished) if ended else Unfinished()
            with self.database.transaction(tenant_id) as cursor:
                # Somebody may have ended or resumed the run while it was summed up.
                locked = postgres_runs.run_to_end(cursor, run_id, lock="UPDATE")
                if locked.is_written_by(attempt):
                    by_this = True
                    postgres_runs.end_run(cursor, run, summary, left, attempt=attempt)
        with self.database.transaction(tenant_id) as cursor:
            row = postgres_runs.run_status(cursor, run_id)
        known = {name: row[name] for name in row if name in RunEnd.model_fields}
        return RunEnd(run_id=run_id, tenant_id=tenant_id, by_this=by_this, **known)

    def _summary(self, run: RunToEnd, ended: ExecutionEnd | None) -> RunSummary:
        summary = Summary(run.models, run.cases, run.repeats)
        for result in measured_results(self.database, run.tenant_id, run.run_id):
            summary.add(result)
        if ended is None and summary.added != run.planned_results:
            raise ResultsNotWritten(
                f"{run.run_id}: {summary.added} of {run.planned_results} planned results have a row; "
                "a shard of the run was not written"
            )
        closed = summary.close(ended.of_run if ended else None)
        return compared(closed, summary.scores())
