"""The embedded stack with loud functions, through a run and through all that can fail; `python -m … FOLDER`.

Its logs are in FOLDER/data/logs. FOLDER/report.json says which texts were in it, and what the workflow was told.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import boto3

from local.database import Credentials, LocalDatabase
from local.errors import InvocationFailed
from local.function_process import FunctionConfig
from local.functions import Functions
from local.http.gateway import request
from local.model_api import Latency, ModelApiProcess
from local.stack import EmbeddedStack, ModelApi
from skill_benchmark.domain import record_keys
from tests.integration.logs.canaries import API_KEY, EXPECTED, INPUTS, RUBRIC, SKILL
from tests.integration.model_api.dripping import HEAD, START, event

LOUD = {
    "ANTHROPIC_LOG": "debug",
    "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
    "LOG_LEVEL": "DEBUG",
    "POWERTOOLS_DEBUG": "true",
    "POWERTOOLS_DEV": "true",
    "POWERTOOLS_LOGGER_LOG_EVENT": "true",
    "POWERTOOLS_LOG_LEVEL": "DEBUG",
    "PYTHONWARNINGS": "default",
}
MODEL, JUDGE = "claude-haiku-5-5", "claude-opus-5-5"


@contextmanager
def echoing(api: str) -> Iterator[str]:
    """A gateway in front of the API that quotes the whole request, key included, where its text asks for that."""

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._forward(b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = json.loads(body)
            text = "\n".join([str(asked.get("system")), *(str(said["content"]) for said in asked["messages"])])
            # And what neither a row nor UTF-8 can hold, which must not keep a run from its end.
            said = f"\0\ud800 {self.headers['x-api-key']} {text} {json.dumps(text)} {text!r} {body.decode()}"
            kind = "invalid_request_error" if "echo-400" in text else "api_error"
            error = {"type": kind, "message": said}
            of_a_judge = "output_config" in asked
            if "echo-stream" in text and not of_a_judge:
                self.wfile.write(HEAD + START + event("error", error=error))
                self.close_connection = True
            elif ("echo-judge" in text) if of_a_judge else ("echo-400" in text or "echo-500" in text):
                self._answer(500 if "echo-500" in text else 400, json.dumps({"error": error}).encode())
            else:
                self._forward(body)

        def _forward(self, body: bytes) -> None:
            parts = urlsplit(api)
            connection = HTTPConnection(parts.hostname or "", parts.port)
            connection.request(self.command, self.path, body, dict(self.headers))
            response = connection.getresponse()
            self._answer(response.status, response.read(), response.headers["Content-Type"])
            connection.close()

        def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def make_loud() -> list[str]:
    """Have all functions deployed loud; gives the passwords of the database as they are made."""
    deploy, start = Functions.deploy, LocalDatabase.start
    passwords: list[str] = []

    def deploy_loud(functions: Functions, config: FunctionConfig) -> None:
        told = {"LOUD_MODULE": config.module, "LOUD_HANDLER": config.handler}
        environment = {**config.environment, **LOUD, **told}
        module = "tests.integration.logs.loud_function"
        deploy(functions, replace(config, module=module, handler="lambda_handler", environment=environment))

    def start_told(database: LocalDatabase) -> tuple[Credentials, Credentials]:
        credentials = start(database)
        passwords.extend(role.password for role in credentials)
        return credentials

    Functions.deploy = deploy_loud  # type: ignore[method-assign, assignment]
    LocalDatabase.start = start_told  # type: ignore[method-assign, assignment]
    return passwords


class Session:
    """What is asked of the stack; `told` is what callers and the workflow are told of failures."""

    def __init__(self, stack: EmbeddedStack) -> None:
        self.stack = stack
        self.told: list[str] = []

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        return request(self.stack, method, path, headers=headers or None, body=text)

    def invoke(self, folder: str, task: dict[str, Any]) -> None:
        try:
            self.stack.invoke(folder, task)
        except InvocationFailed as error:
            self.told.append(str(error))

    def run(self) -> str:
        self.ask("PUT", "/v1/skills/loud", {"name": "Loud", "content": SKILL, "rubric": RUBRIC})
        cases = [{"input": text, "expected_output": EXPECTED} for text in INPUTS.values()]
        body = {"test_cases": cases, "models": [MODEL], "judges": [JUDGE]}
        run_id = str(self.ask("POST", "/v1/skills/loud/runs", body).json()["run_id"])
        deadline = time.monotonic() + 200
        while self.stack.is_unfinished(run_id):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        history = boto3.client("stepfunctions").get_execution_history(
            executionArn=self.stack.workflow.execution_arn(run_id)
        )
        self.told.append(str(history["events"]))
        return run_id

    def send_what_is_wrong(self, functions: list[str]) -> None:
        wrong = {"run_id": [SKILL], "tenant_id": {SKILL: 1}, "skill_id": [SKILL], "models": SKILL, "case_index": SKILL}
        for folder in functions:
            self.invoke(folder, {**wrong, "panel": SKILL, "judges": [SKILL], "ended": SKILL, "RequestType": SKILL})
        self.ask("PUT", "/v1/skills/loud", '{"name": "Loud", "content": ' + json.dumps(SKILL) + ", oops}")
        self.ask("PUT", "/v1/skills/loud", {"name": "Loud", "content": [SKILL], "what": SKILL})
        self.ask("POST", "/v1/skills/loud/runs", {"test_cases": [{"input": {"x": SKILL}}]})

    def break_things(self, run_id: str) -> None:
        """A rule of the database that every row of a result breaks, and records that are none."""
        result = self.ask("GET", f"/v1/runs/{run_id}/results").json()["items"][0]
        of_run = {"run_id": run_id, "tenant_id": "local", "ended": None}
        self._refuse_rows("benchmark_results", "skill_versions")
        end = {"executionArn": "arn:aws:states:::execution:a:b", "status": "FAILED"}
        with self.stack.postgres.as_superuser() as connection:
            connection.execute("TRUNCATE benchmark_results CASCADE")
        self.invoke("write_results", {**of_run, "ended": end, "first_case": 0, "end_case": len(INPUTS)})
        self.ask("PUT", "/v1/skills/other", {"name": "Loud", "content": SKILL})
        broken = json.dumps({"text": [SKILL], "skill": SKILL, "input": [SKILL], "cases": [SKILL]}).encode()
        answer = result["answer_id"]
        of_branch = {**of_run, "case_index": 0, "answer_id": answer}
        for key in (
            record_keys.answer(run_id, answer),
            record_keys.text(run_id, answer),
            record_keys.plan(run_id),
            record_keys.brief(run_id),
        ):
            boto3.client("s3").put_object(Bucket=self.stack.store._bucket, Key=key, Body=broken)
        self.invoke("call_model", {**of_branch, "model": MODEL, "repeat_index": 0, "source": None, "panel": []})
        self.invoke("judge_answer", {**of_branch, "judge": "another", "verdict_index": 0})
        self.invoke("prepare_run", of_run)
        self.invoke("complete_run", of_run)
        self.invoke("write_results", {**of_run, "first_case": 0, "end_case": 1})
        self.ask("POST", f"/v1/runs/{run_id}/rejudge", {"judges": [JUDGE]})

    def _refuse_rows(self, *tables: str) -> None:
        with self.stack.postgres.as_superuser() as connection:
            for table in tables:
                connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT no_more CHECK (false) NOT VALID")


def main(folder: Path) -> None:
    passwords = make_loud()
    functions = sorted(path.parent.name for path in Path("functions").glob("*/app.py"))
    with (
        ModelApiProcess(latency=Latency(median=0)) as api,
        echoing(api.base_url) as url,
        EmbeddedStack(folder / "data", ModelApi(API_KEY, url, simulated=True), pace=0.001) as stack,
    ):
        session = Session(stack)
        run_id = session.run()
        results = session.ask("GET", f"/v1/runs/{run_id}/results").json()["items"]
        for upkeep in ("expire_results", "reconcile", "migrate"):
            session.invoke(upkeep, {})
        session.send_what_is_wrong(functions)
        session.break_things(run_id)
        session.invoke("erase_data", {"tenant_id": "local", "confirm": "local"})
        said = [result[name] for result in results for name in ("output_produced", "quality_notes") if result[name]]
    report = {
        "functions": functions,
        "outcomes": {result["outcome"] for result in results},
        "texts": [API_KEY, SKILL, RUBRIC, EXPECTED, *INPUTS.values(), *passwords, *said],
        "told": session.told,
    }
    (folder / "report.json").write_text(json.dumps(report, default=sorted))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
