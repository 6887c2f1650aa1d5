"""What is watched is recorded, and what is recorded is watched: the template against what the handlers write."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from functions.call_model import app as call_model
from functions.check_models import app as check_models
from functions.judge_answer import app as judge_answer
from local.template import packaged_template, to_cloudformation
from skill_benchmark import observability
from skill_benchmark.adapters.anthropic_models import CallBroke
from skill_benchmark.adapters.object_store import ObjectStore
from skill_benchmark.domain import record_keys
from skill_benchmark.domain.errors import CallFailed, ModelThrottled, ModelUnavailable
from skill_benchmark.domain.money import Usage
from skill_benchmark.domain.plan import Plan
from skill_benchmark.domain.records import AnswerText
from skill_benchmark.domain.replies import Reply
from skill_benchmark.measured_models import MeasuredModels
from skill_benchmark.use_cases.reconcile import Action
from tests.unit.conftest import Written
from tests.unit.domain.test_verdicts import VERDICT
from tests.unit.emf import Metric, metrics_of
from tests.unit.functions.conftest import Context, FakeModels
from tests.unit.template.dashboards import widgets

ROOT = Path(__file__).parents[3]
MODEL = "claude-sonnet-5-5"
USAGE = Usage(input_tokens=1000, output_tokens=100)
STACK_NAME = "${AWS::StackName}"
ANY = "*"


@dataclass(frozen=True)
class Watched:
    """A metric that an alarm or a widget names; ANY is any value of a dimension."""

    name: str
    dimensions: frozenset[tuple[str, str]]

    def is_met_by(self, metric: Metric) -> bool:
        wanted, found = dict(self.dimensions), metric.labels
        return (
            metric.name == self.name
            and set(found) == set(wanted)
            and all(wanted[name] in {ANY, value} for name, value in found.items() if name != "service")
        )


@pytest.fixture(scope="module")
def watched() -> set[Watched]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        resources = to_cloudformation(packaged_template(ROOT), {})["Resources"]
    return {*_of_alarms(resources), *_of_widgets(widgets(resources, with_database=True))}


def _of_alarms(resources: Mapping[str, Any]) -> Iterator[Watched]:
    for resource in resources.values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            properties = resource["Properties"]
            stats = [query["MetricStat"]["Metric"] for query in properties.get("Metrics", []) if "MetricStat" in query]
            for metric in [properties, *stats]:
                if metric.get("Namespace") == observability.NAMESPACE:
                    pairs = {pair["Name"]: pair["Value"] for pair in metric["Dimensions"]}
                    assert pairs.pop("service") == {"Ref": "AWS::StackName"}
                    yield Watched(metric["MetricName"], frozenset({**pairs, "service": ANY}.items()))


def _of_widgets(found: list[dict[str, Any]]) -> Iterator[Watched]:
    for widget in found:
        row: list[str] = []
        for given in widget["properties"].get("metrics", []):
            if isinstance(given[0], dict):
                yield from _of_search(given[0]["expression"])
                continue
            row = _unabbreviated([part for part in given if isinstance(part, str)], row)
            if row[0] == observability.NAMESPACE:
                pairs = dict(zip(row[2::2], row[3::2], strict=True))
                assert pairs.pop("service") == STACK_NAME
                yield Watched(row[1], frozenset({**pairs, "service": ANY}.items()))


def _unabbreviated(row: list[str], before: list[str]) -> list[str]:
    """A `.` stands for what is above it, `...` for all that is not given."""
    if row and row[0] == "...":
        row = [*before[: len(before) - len(row) + 1], *row[1:]]
    return [above if part == "." else part for part, above in zip(row, [*before, *row][: len(row)], strict=True)]


def _of_search(expression: str) -> Iterator[Watched]:
    if found := re.match(
        r"SEARCH\('\{(\w+),([\w,]+)\} MetricName=\"(\w+)\" service=\"(.+?)\"', '\w+', \d+\)$", expression
    ):
        namespace, names, metric, service = found.groups()
        assert (namespace, service) == (observability.NAMESPACE, STACK_NAME)
        yield Watched(metric, frozenset((name, ANY) for name in names.split(",")))
    else:
        assert "SEARCH" not in expression, f"this test cannot read {expression}"


def answer(stop_reason: str = "end_turn") -> Reply:
    return Reply(MODEL, "An answer.", stop_reason, USAGE, latency_ms=900, first_token_ms=300)


def verdict(text: str | None = None, stop_reason: str = "end_turn") -> Reply:
    return Reply(MODEL, text or json.dumps(VERDICT), stop_reason, USAGE, latency_ms=700, first_token_ms=100)


@pytest.fixture
def invoke(
    wire: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch, models: FakeModels, plan: Plan, store: ObjectStore
) -> Callable[..., None]:
    """Invoke a handler with replies of the model; what it raises for the workflow is taken."""
    for module in (call_model, judge_answer, check_models):
        wire(module)
        monkeypatch.setattr(module, "models", lambda: MeasuredModels(models))
    invocations = iter(range(100))

    def run(module: Any, *replies: Reply | Exception, text: str = "An answer.") -> None:
        models.replies = list(replies)
        answer_id = f"{next(invocations):032x}"
        store.put_once(record_keys.text(plan.run_id, answer_id), AnswerText(text=text))
        about = {"run_id": plan.run_id, "case_index": 0, "answer_id": answer_id}
        event = {
            call_model: about | {"model": MODEL, "repeat_index": 0, "tenant_id": "acme", "panel": []},
            judge_answer: about | {"judge": MODEL},
            check_models: {"run_id": plan.run_id, "models": [MODEL], "judges": []},
        }[module]
        try:
            module.lambda_handler(event, Context())
        except CallFailed:
            assert any(isinstance(reply, Exception) for reply in replies) or module is judge_answer

    return run


@pytest.fixture
def emitted(invoke: Callable[..., None], written: Written) -> list[Metric]:
    for stop_reason in ("end_turn", "refusal", "max_tokens", "pause_turn"):
        invoke(call_model, answer(stop_reason))
    invoke(call_model, ModelThrottled("HTTP 429"))
    invoke(call_model, CallBroke(ModelUnavailable("cut"), Reply(MODEL, "half", None, USAGE)))
    invoke(judge_answer, verdict())
    invoke(judge_answer, text=" …\n")
    invoke(judge_answer, verdict("85"), verdict("85"))
    for stop_reason in ("refusal", "max_tokens"):
        invoke(judge_answer, verdict(stop_reason=stop_reason))
    invoke(judge_answer, ModelThrottled("HTTP 429"))
    invoke(check_models, ModelUnavailable("HTTP 529"))
    _record({}, Context())
    return [metric for line in written() for metric in metrics_of(line)]


@observability.observed
def _record(event: dict[str, object], context: Any) -> None:
    """What handlers record that need PostgreSQL; that they do is seen in whole runs."""
    observability.record_run_end("completed", planned=2, scored=1)
    observability.record_results({"scored": 1, "missing": 1})
    observability.record_queue(1, 2.5)
    observability.record_oldest_run(60.0)
    for action in get_args(Action):
        observability.record_reconciler_action(action, 1)


def test_every_metric_that_is_watched_is_recorded(watched: set[Watched], emitted: list[Metric]) -> None:
    assert [found for found in watched if not any(map(found.is_met_by, emitted))] == []
    assert len(watched) > 20


def test_every_metric_that_is_recorded_is_watched(watched: set[Watched], emitted: list[Metric]) -> None:
    unseen = {metric for metric in emitted if not any(found.is_met_by(metric) for found in watched)}
    assert {(metric.name, tuple(metric.labels)) for metric in unseen} == set()


def values(emitted: list[Metric], name: str, **labels: str) -> list[float]:
    matching = [metric for metric in emitted if metric.name == name and labels.items() <= metric.labels.items()]
    return [value for metric in matching for value in metric.values]


def test_answers_and_verdicts_are_counted_by_what_became_of_them(emitted: list[Metric]) -> None:
    for outcome in ("answered", "refused", "truncated", "model_error"):
        assert sum(values(emitted, "Answers", outcome=outcome)) == 1, outcome
    for outcome in ("scored", "by_rule", "unreadable", "refused", "truncated"):
        assert sum(values(emitted, "Verdicts", outcome=outcome)) == 1, outcome


def test_a_reply_that_gave_no_verdict_and_a_call_that_broke_are_in_the_cost(emitted: list[Metric]) -> None:
    assert values(emitted, "CostMicrocents", purpose="answer") == [300_000.0] * 5
    assert values(emitted, "CostMicrocents", purpose="verdict") == [300_000.0] * 5
    assert values(emitted, "ModelLatency", purpose="answer") == [900.0] * 4


def test_errors_are_counted_by_name_and_by_purpose(emitted: list[Metric]) -> None:
    assert sum(values(emitted, "ModelCallErrors", error_type="ModelThrottled")) == 2
    for purpose, count in {"answer": 2, "verdict": 1, "check": 1}.items():
        assert sum(values(emitted, "ModelCallErrors", purpose=purpose)) == count


def test_an_answer_that_is_found_is_not_counted_again(
    invoke: Callable[..., None], plan: Plan, models: FakeModels, written: Written
) -> None:
    event = {"run_id": plan.run_id, "tenant_id": "acme", "case_index": 0, "model": MODEL, "repeat_index": 0}
    event |= {"answer_id": "e" * 32, "panel": []}
    models.replies = [answer()]
    for _ in range(2):
        call_model.lambda_handler(event, Context())
    assert values([metric for line in written() for metric in metrics_of(line)], "Answers") == [1.0]


def test_every_line_of_a_call_says_which_run_case_and_answer_and_a_judge_knows_no_tenant(
    invoke: Callable[..., None], plan: Plan, written: Written
) -> None:
    for module in (call_model, judge_answer):
        invoke(module, ModelThrottled("HTTP 429"))
    lines = [json.loads(line) for line in written()]
    assert all((line["run_id"], line["case_index"]) == (plan.run_id, 0) for line in lines)
    assert all(re.fullmatch("[0-9a-f]{32}", line["answer_id"]) for line in lines)
    of_models, of_judges = lines[: len(lines) // 2], lines[len(lines) // 2 :]
    assert {line["tenant_id"] for line in of_models} == {"acme"}
    assert not any("tenant_id" in line for line in of_judges)


def test_every_handler_is_observed_and_everything_is_recorded_somewhere() -> None:
    code = {path.parent.name: path.read_text(encoding="utf-8") for path in (ROOT / "functions").glob("*/app.py")}
    assert [name for name, text in code.items() if "@observed\ndef lambda_handler" not in text] == []
    measured = (ROOT / "layers/core/skill_benchmark/measured_models.py").read_text(encoding="utf-8")
    calls = set(re.findall(r"(?<!import )\b(record_\w+)\(", "".join([*code.values(), measured])))
    assert calls == {name for name in vars(observability) if name.startswith("record_")}
