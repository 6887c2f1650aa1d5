"""Records what this release says to the database while it does all that it can do.

    python -m tests.integration.database.former_release.record

When a release is made, this is run at its commit, and the file it writes is committed. From then on the file holds
every change of the schema to what that release's functions need while they are live.
"""

import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from local.database import RUNTIME, Credentials, LocalDatabase
from local.model_api import Fault, Latency, ModelApiProcess
from local.stack import EmbeddedStack, ModelApi
from tests.integration.api.client import Client
from tests.integration.conftest import JUDGE, MODELS, Service, cases
from tests.integration.database.former_release import FILE
from tests.integration.database.former_release.wire import Recorder, write

OTHER_JUDGE = "claude-haiku-5-5"


def record(folder: Path) -> tuple[str, Recorder]:
    recorder = Recorder(folder)
    start = LocalDatabase.start

    def recorded(database: LocalDatabase) -> tuple[Credentials, Credentials]:
        owner, runtime = start(database)
        recorder.listen(Path(runtime.host), runtime.port)
        return owner, replace(runtime, host=str(folder))

    with (
        patch.object(LocalDatabase, "start", recorded),
        ModelApiProcess(latency=Latency(median=0), keep_requests=True) as model_api,
        EmbeddedStack(folder / "data", ModelApi("simulated", model_api.base_url, simulated=True), pace=0.01) as stack,
    ):
        service = Service(stack, model_api)
        everything(service, folder / "data")
        version: str = service.get("/v1/health")["version"]
        with stack.postgres.as_superuser() as connection:
            rows = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v', 'p') "
                "AND relnamespace = 'public'::regnamespace AND has_table_privilege(%s, oid, 'SELECT')",
                [RUNTIME],
            ).fetchall()
    said = " ".join(statement.sql for transaction in recorder.transactions for statement in transaction)
    if silent := sorted(table for (table,) in rows if not re.search(rf"\b{table}\b", said)):
        raise RuntimeError(f"no statement is about {', '.join(silent)}; add to `everything` what uses it")
    return version, recorder


def everything(service: Service, data_dir: Path) -> None:
    """One after the other: ids that the database gives out are in the statements that follow."""
    api = Client(service.stack, "local")
    skills(api)
    run_id = runs(service, api)
    reads(service, api, run_id)
    labels(service, api, run_id)
    endings(service, api, data_dir)


def skills(api: Client) -> None:
    checks = [{"type": "regex", "pattern": "."}]
    for body in (
        {"name": "Echo", "content": "Repeat the input."},
        {"name": "Echo", "content": "Repeat the input.", "rubric": "Score brevity.", "checks": checks},
        {"name": "Echo", "content": "Repeat the input, word for word."},
    ):
        sent = api.send("PUT", "/v1/skills/echo", body)
        assert sent.status in {200, 201}, sent.body
    for index in range(3):
        api.add_example("echo", f"example {index}")
    page = api.get("/v1/skills/echo/training-examples", "limit=2").json()
    api.get("/v1/skills/echo/training-examples", f"limit=2&cursor={page['next_cursor']}")


def runs(service: Service, api: Client) -> str:
    case = cases(1)[0]
    outcomes = service.run(
        [case | {"checks": [{"type": "exact", "value": "never said"}]}, *cases(5)[1:]],
        Fault(what="refusal", contains="case 1", kinds=("answer",)),
        Fault(what="max_tokens", contains="case 2", kinds=("answer",), model=MODELS[0]),
        Fault(what="rejected", contains="case 3", kinds=("answer",), model=MODELS[1]),
        Fault(what="rejected", contains="case 4", kinds=("verdict",), model=JUDGE),
        judges=[JUDGE, OTHER_JUDGE],
        verdicts_per_judge=2,
        repeats=2,
    )
    service.model_api.set_faults()
    body = {"models": MODELS, "judges": [JUDGE], "triggered_by": "release"}
    started = [
        api.send("POST", "/v1/skills/echo/runs", each, headers={"idempotency-key": "once"})
        for each in (body, body, body | {"repeats": 2})
    ]
    assert [each.status for each in started] == [202, 202, 409]
    service.wait(started[0].json()["run_id"])
    anew = api.send("POST", f"/v1/runs/{outcomes.run['id']}/rejudge", {"judges": [OTHER_JUDGE]})
    service.wait(anew.json()["run_id"])
    return str(outcomes.run["id"])


def reads(service: Service, api: Client, run_id: str) -> None:
    results = f"/v1/runs/{run_id}/results"
    page = api.get(results, "limit=2").json()
    for query in (f"limit=2&cursor={page['next_cursor']}", f"model={MODELS[0]}", "outcome=scored"):
        api.get(results, query)
    page = api.get("/v1/skills/echo/runs", "limit=1").json()
    api.get("/v1/skills/echo/runs", f"limit=1&cursor={page['next_cursor']}")
    for path in ("runs/latest", "cost-trend", "dimensions"):
        assert api.get(f"/v1/skills/echo/{path}").status == 200
    assert api.get(f"/v1/runs/{run_id}/comparison").status == 200


def labels(service: Service, api: Client, run_id: str) -> None:
    [result, *_] = api.get(f"/v1/runs/{run_id}/results", "outcome=scored").json()["items"]
    path = f"/v1/results/{result['id']}"
    label = {"rater": "ada", "dimension": "quality_score", "value": 80, "blinded": True}
    for body, status in ((label, 201), (label, 200), (label | {"value": 81}, 409), (label | {"rater": "bob"}, 201)):
        assert api.send("POST", f"{path}/labels", body).status == status
    assert api.get(f"{path}/labels").json()["items"]
    assert api.get(f"{path}/verdicts").json()["items"]
    assert api.get("/v1/judges/validation", f"judge={JUDGE}&skill_id=echo").status == 200


def endings(service: Service, api: Client, data_dir: Path) -> None:
    """Runs that do not get to their plan's end, and those of the schedule."""
    service.run(cases(1), Fault(what="unauthorized", kinds=("check",)))
    service.model_api.set_faults()
    for has_a_plan in (True, False):
        run_id = service.start(cases(20), max_concurrency=2).json()["run_id"]
        if not has_a_plan:
            [plan] = data_dir.rglob(f"{run_id}/plan.json")
            plan.unlink()
        assert api.send("POST", f"/v1/runs/{run_id}/cancel").status == 202
        service.wait_for_end(run_id)
    fired = {"tenant_id": "local", "skills": "all stale", "stale_after_days": 7, "scheduled_at": "2026-11-24T02:00:00Z"}
    for run in service.stack.invoke("start_run", fired | {"models": MODELS, "judges": [JUDGE]})["started"]:
        service.wait(run["run_id"])


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        version, recorder = record(Path(folder))
    write(FILE, version, recorder.transactions)
    sys.stdout.write(f"{len(recorder.transactions)} transactions of version {version} in {FILE}\n")


if __name__ == "__main__":
    main()
