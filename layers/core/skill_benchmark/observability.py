"""What a function says of itself: log lines that name their run, and metrics in CloudWatch's embedded metric format.

Both belong to one invocation of one thread: on a laptop a process serves many at once. A metric is a log line as well,
with the ids of the log as its metadata. An id is never a dimension: every new value of a dimension is a new metric.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from typing import TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from skill_benchmark.clean_errors import loggable, without_values
from skill_benchmark.domain.errors import CallFailed, JudgeFailed
from skill_benchmark.domain.records import AnswerOutcome, Call, VerdictStatus
from skill_benchmark.domain.text import visible


def _line(content: Mapping[str, object]) -> str:
    # People read it in terminals too, where nothing that somebody else wrote acts.
    return visible(json.dumps(content, default=str, ensure_ascii=False, separators=(",", ":")))


logger = Logger(service="skill-benchmark", json_serializer=_line)


class _WithoutValues(logging.Filter):
    """Takes from an exception what its message quotes, before any handler sees it, whoever installed the handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1]:
            error = loggable(record.exc_info[1])
            record.exc_info = (type(error), error, error.__traceback__)
        return True


def _log_nothing_of_libraries() -> None:
    """Libraries log keys, prompts and parameters of SQL below WARNING; nobody but us may log there.

    A level is set by whoever comes last: the runtime of Lambda for the root, a variable of the environment for the SDK.
    This switch stands above all levels and handlers. Our own logger has a manager of its own, which it does not reach.
    """
    logging.disable(logging.INFO)
    ours = logging.getLogger(logger.name or logger.service)
    ours.manager = logging.Manager(logging.root)
    ours.manager.loggerDict[ours.name] = ours
    ours.addFilter(_WithoutValues())


_log_nothing_of_libraries()

NAMESPACE = "SkillBenchmark"

_IDS = ("run_id", "tenant_id", "case_index", "answer_id")
_AN_ID = re.compile(r"[\w.:@/+=-]{1,128}")
"""An event of somebody else may hold a text in the place of an id."""

E = TypeVar("E", bound=Mapping[str, object])
T = TypeVar("T")


class Measurements:
    """The metrics of one invocation, a line of the log for each set of dimensions."""

    def __init__(self) -> None:
        self._service = os.environ.get("POWERTOOLS_SERVICE_NAME", "skill-benchmark")
        """The name of the stack, so that the stacks of an account do not set off one another's alarms."""
        self._lines: dict[tuple[object, ...], EphemeralMetrics] = {}

    def add(self, name: str, unit: MetricUnit, value: float, *sets: Mapping[str, str]) -> None:
        """Add a value under each of the sets of dimensions; without a set, under the service alone."""
        key = tuple(tuple(dimensions.items()) for dimensions in sets)
        if key not in self._lines:
            line = self._lines[key] = EphemeralMetrics(namespace=NAMESPACE, service=self._service)
            line.add_dimension("service", self._service)
            for dimension, text in (sets[0] if sets else {}).items():
                line.add_dimension(dimension, text)
            for dimensions in sets[1:]:
                line.add_dimensions(service=self._service, **dimensions)
        self._lines[key].add_metric(name, unit, value)

    def write(self) -> None:
        # A line in one write: `print` writes its end apart, and lines of other threads would get between.
        for line in self._lines.values():
            body = line.serialize_metric_set(metadata=logger.thread_safe_get_current_keys())
            sys.stdout.write(json.dumps(body, separators=(",", ":")) + "\n")
        sys.stdout.flush()


_measurements: ContextVar[Measurements] = ContextVar("measurements")


def observed(handler: Callable[[E, LambdaContext], T]) -> Callable[[E, LambdaContext], T]:
    """Decorate a handler: its log lines carry the ids of its event, and its metrics are written when it ends."""

    @wraps(handler)
    def observe(event: E, context: LambdaContext) -> T:
        logger.thread_safe_clear_keys()
        log_about(function_name=context.function_name, function_request_id=context.aws_request_id)
        log_about(**{name: event[name] for name in _IDS if _AN_ID.fullmatch(str(event.get(name, "")))})
        measurements = Measurements()
        _measurements.set(measurements)
        try:
            return handler(event, context)
        except CallFailed as error:
            # No news by itself: Step Functions tries again, and records what fails for good.
            logger.warning("the call failed", error_type=type(error).__name__, reason=str(error))
            raise error from None
        except Exception as error:
            logger.exception("the invocation failed", error_type=type(error).__name__)
            # Whoever runs the function prints what led to it as well, and the workflow keeps its message.
            raise without_values(error) from None
        finally:
            measurements.write()

    return observe


def log_about(**ids: object) -> None:
    """Have all further lines of this invocation carry these ids."""
    logger.thread_safe_append_keys(**ids)


def record_answer(outcome: AnswerOutcome) -> None:
    """An answer that was bought; one that was found is none."""
    _count("Answers", 1, {"outcome": outcome})


def record_verdict(outcome: VerdictStatus | JudgeFailed) -> None:
    """A verdict that was asked for, or what the judge gave in its place: unreadable, refused, truncated."""
    known = outcome if isinstance(outcome, str) else type(outcome).__name__.removeprefix("Judge").lower()
    _count("Verdicts", 1, {"outcome": known})


def record_model_call(purpose: str, model: str, call: Call) -> None:
    """What a call took and cost, as far as it is known. A broken call may have cost something and took no time."""
    measurements = _measurements.get()
    of_model = {"purpose": purpose, "model": model}
    if call.latency_ms is not None:
        measurements.add("ModelLatency", MetricUnit.Milliseconds, call.latency_ms, of_model)
    if call.first_token_ms is not None:
        measurements.add("TimeToFirstToken", MetricUnit.Milliseconds, call.first_token_ms, of_model)
    if call.cost_microcents is not None:
        measurements.add("CostMicrocents", MetricUnit.NoUnit, call.cost_microcents, {"purpose": purpose})


def record_model_error(purpose: str, error: CallFailed) -> None:
    """A call that came to nothing, by the name of its error; `ModelThrottled` is the provider's limit."""
    _count("ModelCallErrors", 1, {"error_type": type(error).__name__}, {"purpose": purpose})


def record_run_end(status: str, *, planned: int, scored: int | None) -> None:
    """The end of a run, and whether it has anything to show. Once for each run."""
    _count("Runs", 1, {"status": status})
    _count("RunsWithoutScore", int(planned > 0 and not scored and status != "cancelled"))


def record_results(outcomes: Mapping[str, int]) -> None:
    """Results that were written, by outcome."""
    for outcome, count in outcomes.items():
        _count("Results", count, {"outcome": outcome})


def record_queue(depth: int, waited_seconds: float) -> None:
    """Runs that wait to be admitted, and how long the one that asks has waited by now."""
    _count("QueuedRuns", depth)
    _measurements.get().add("QueueWait", MetricUnit.Seconds, waited_seconds)


def record_reconciler_action(action: str, count: int) -> None:
    """What the reconciler did to runs, and how often."""
    _count("ReconcilerActions", count, {"action": action})


def record_oldest_run(age_seconds: float) -> None:
    """Age of the oldest run that has not ended, 0 when there is none; each time, or the reconciler counts as dead."""
    _measurements.get().add("OldestRunAge", MetricUnit.Seconds, age_seconds)


def _count(name: str, value: int, *sets: Mapping[str, str]) -> None:
    _measurements.get().add(name, MetricUnit.Count, value, *sets)
