"""The plan of a run: everything it will do, frozen before it starts."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from skill_benchmark.domain.checks import Check, Checks
from skill_benchmark.domain.errors import InvalidInput
from skill_benchmark.domain.families import same_family
from skill_benchmark.domain.limits import (
    DEFAULT_CONCURRENCY,
    MAX_BRANCHES,
    MAX_CASES,
    MAX_CONCURRENCY,
    MAX_JUDGES,
    MAX_PLAN_TEXT_BYTES,
    MAX_RESULTS,
    MAX_RUBRIC_BYTES,
    MAX_TEXT_BYTES,
    MAX_VERDICTS_PER_JUDGE,
    branches_per_child,
    calls,
    places_needed,
)
from skill_benchmark.domain.text import preview, storable

ModelProvider = Literal["anthropic", "simulated"]


class TestCase(BaseModel):
    """One input that the skill is tried on, and what a right answer would be, if someone has said so."""

    __test__ = False
    model_config = ConfigDict(frozen=True, extra="forbid")

    input: str
    expected_output: str | None = None
    checks: Checks | None = None
    """Beside those of the skill. No judge sees them."""


class PlannedCase(TestCase):
    """A test case as it will be sent: storable text, with a flag where characters had to be removed."""

    text_sanitized: bool = False


class StoredAnswer(BaseModel):
    """Where an answer lies that another run bought."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    answer_id: str


class Branch(BaseModel):
    """One answer that a run will buy for a case: the model, which repeat it is, and the answer's opaque id."""

    model_config = ConfigDict(frozen=True)

    model: str
    repeat_index: int
    answer_id: str
    source: StoredAnswer | None = None
    """Set where the answer already exists and is re-judged."""


class Seat(BaseModel):
    """One verdict on every answer: which judge gives it, and its index among this judge's verdicts (from 0)."""

    model_config = ConfigDict(frozen=True)

    judge: str
    verdict_index: int = 0


class MapItem(BaseModel):
    """What the Distributed Map hands to the execution of one case. The texts stay in the object store."""

    case_index: int
    preview: str
    branches: list[Branch]


class RejudgedRun(BaseModel):
    """The run whose answers are re-judged, the key of their ids, and whose models gave them."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    answer_key: str = Field(repr=False)
    model_provider: ModelProvider | None = None
    """None in plans of a former release: the plan's own."""


class Plan(BaseModel):
    """What a run does. Written once to `runs/{run_id}/plan.json`; nothing that it fixes is read again elsewhere."""

    model_config = ConfigDict(frozen=True)

    record_version: Literal[1] = 1
    """A plan without it is of version 1. A later release that changes the shape reads both."""
    run_id: str
    tenant_id: str
    skill_id: str
    skill_version_id: int
    skill_content: str
    checks: Checks | None = None
    """Of every answer, beside those of its test case."""
    cases: list[PlannedCase]
    models: list[str]
    judges: list[str]
    verdicts_per_judge: int = 1
    exclude_same_family: bool = False
    """Leave the verdicts of judges of the answer's own family out of its score."""
    repeats: int = 1
    max_concurrency: int = DEFAULT_CONCURRENCY
    max_output_tokens: int = 8_192
    model_provider: ModelProvider = "anthropic"
    rubric: str | None = None
    """None: the service's own."""
    rubric_sha256: str
    prompt_version: str
    triggered_by: str = "api"
    rejudged: RejudgedRun | None = None
    answer_key: str = Field(default_factory=lambda: secrets.token_hex(16), repr=False)
    """Random key of this run's answer ids; only who holds the plan can tell whose answer an id is."""

    @property
    def answered_by(self) -> ModelProvider:
        """The provider of the models. The judges are the plan's provider's, of whoever's answers."""
        return (self.rejudged and self.rejudged.model_provider) or self.model_provider

    @property
    def simulated(self) -> bool:
        """The stand-in answered or judged."""
        return "simulated" in {self.model_provider, self.answered_by}

    @property
    def planned_results(self) -> int:
        return len(self.cases) * len(self.models) * self.repeats

    @property
    def sha256(self) -> str:
        """Of what the run does; two runs that do the same have the same."""
        own: dict[str, Any] = {"record_version": True, "run_id": True, "answer_key": True, "rejudged": {"answer_key"}}
        return hashlib.sha256(self.model_dump_json(exclude=own).encode()).hexdigest()

    @cached_property
    def panel(self) -> list[Seat]:
        """All verdicts that every answer gets, in the order in which they are asked for."""
        return [
            Seat(judge=judge, verdict_index=index) for judge in self.judges for index in range(self.verdicts_per_judge)
        ]

    def checks_of(self, case_index: int) -> list[Check]:
        return [*(self.checks or ()), *(self.cases[case_index].checks or ())]

    def answer_id(self, case_index: int, model: str, repeat_index: int) -> str:
        return _answer_id(self.answer_key, self.run_id, case_index, model, repeat_index)

    def branches(self, case_index: int) -> list[Branch]:
        return [
            Branch(
                model=model,
                repeat_index=repeat,
                answer_id=self.answer_id(case_index, model, repeat),
                source=self._source(case_index, model, repeat),
            )
            for model in self.models
            for repeat in range(self.repeats)
        ]

    def _source(self, case_index: int, model: str, repeat_index: int) -> StoredAnswer | None:
        if self.rejudged is None:
            return None
        run = self.rejudged
        return StoredAnswer(
            run_id=run.run_id, answer_id=_answer_id(run.answer_key, run.run_id, case_index, model, repeat_index)
        )

    def map_items(self, *, previews: bool = False) -> Iterator[MapItem]:
        """One item per case; several where one child execution could not hold the history of all its branches."""
        step = branches_per_child(len(self.panel))
        for index, case in enumerate(self.cases):
            branches = self.branches(index)
            shown = preview(case.input) if previews else ""
            for first in range(0, len(branches), step):
                yield MapItem(case_index=index, preview=shown, branches=branches[first : first + step])


def _answer_id(key: str, run_id: str, case_index: int, model: str, repeat_index: int) -> str:
    name = json.dumps([run_id, case_index, model, repeat_index]).encode()
    return hmac.new(key.encode(), name, hashlib.sha256).hexdigest()[:32]


def new_run_id() -> str:
    """Sortable by time; names the object prefix and the execution too."""
    return f"run_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


def checked_cases(cases: Sequence[TestCase], field: str = "test_cases") -> list[PlannedCase]:
    """Refuse cases that cannot be run; clean the texts of those that can.

    Raises InvalidInput naming the case and the limit.
    """
    if not cases:
        raise InvalidInput(field, "there is no test case; send some, or add accepted training examples to the skill")
    check_totals(len(cases), 0, field)
    checked = [_checked_case(case, f"{field}[{index}]") for index, case in enumerate(cases)]
    check_totals(len(checked), sum(_text_bytes(case) + _check_bytes(case) for case in checked), field)
    return checked


def check_totals(cases: int, text_bytes: int, field: str = "test_cases") -> None:
    """Refuse more test cases than a run may have, or more of their texts and checks (UTF-8) than fit into a plan."""
    if cases > MAX_CASES:
        raise InvalidInput(field, f"{cases} test cases; at most {MAX_CASES} can be run at once")
    if text_bytes > MAX_PLAN_TEXT_BYTES:
        raise InvalidInput(
            field, f"{text_bytes} bytes of text in all; a run may have {MAX_PLAN_TEXT_BYTES}; make several runs of it"
        )


def _checked_case(case: TestCase, field: str) -> PlannedCase:
    text, cut = storable(case.input)
    if not text.strip():
        raise InvalidInput(f"{field}.input", "is blank; a model refuses a blank message")
    expected, expected_cut = storable(case.expected_output) if case.expected_output is not None else (None, False)
    planned = PlannedCase(input=text, expected_output=expected, text_sanitized=cut or expected_cut, checks=case.checks)
    if (size := _text_bytes(planned)) > MAX_TEXT_BYTES:
        raise InvalidInput(field, f"{size} bytes; input and expected_output together may have {MAX_TEXT_BYTES} bytes")
    return planned


def _check_bytes(case: TestCase) -> int:
    return sum(len(check.model_dump_json().encode()) for check in case.checks or ())


def _text_bytes(case: TestCase) -> int:
    return len(case.input.encode()) + len((case.expected_output or "").encode())


def checked_skill(content: str, field: str = "skill_content") -> str:
    """The skill's text. Raises InvalidInput for one that cannot be sent exactly as it is."""
    return _checked_instructions(content, field, "a skill", MAX_TEXT_BYTES)


def checked_rubric(rubric: str, field: str = "rubric") -> str:
    """A rubric of the caller's own. Raises InvalidInput for one that cannot be sent exactly as it is."""
    return _checked_instructions(rubric, field, "a rubric", MAX_RUBRIC_BYTES)


def _checked_instructions(text: str, field: str, what: str, limit: int) -> str:
    # Unlike a test case it is not cleaned: what is benchmarked is the text that its author has, to the last character.
    if storable(text)[1]:
        at = next(index for index, character in enumerate(text) if storable(character)[1])
        raise InvalidInput(field, f"character {at + 1} is U+0000 or half of a surrogate pair; remove it")
    if not text.strip():
        raise InvalidInput(field, f"is blank; {what} should hold instructions")
    if (size := len(text.encode())) > limit:
        raise InvalidInput(field, f"{size} bytes; {what} may have {limit} bytes")
    return text


def check_panel(models: Sequence[str], judges: Sequence[str], verdicts_per_judge: int, *, other_family: bool) -> None:
    """Refuse a panel of judges that cannot score every answer. `other_family`: verdicts of the own do not count."""
    if not 1 <= verdicts_per_judge <= MAX_VERDICTS_PER_JUDGE:
        raise InvalidInput("verdicts_per_judge", f"{verdicts_per_judge}; it may be 1 to {MAX_VERDICTS_PER_JUDGE}")
    if not other_family:
        return
    for model in models:
        if all(same_family(judge, model) for judge in judges):
            raise InvalidInput(
                "exclude_same_family",
                f"every judge is of the family of {model!r}, so that nobody would score its answers; "
                "add a judge of another family to `judges`",
            )


def check_size(cases: int, models: Sequence[str], judges: Sequence[str], repeats: int, max_concurrency: int) -> None:
    """Refuse a run that is too large, or that names a model twice, before anything is bought."""
    for field, names in (("models", models), ("judges", judges)):
        if not names:
            raise InvalidInput(field, "is empty; name at least one model id")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InvalidInput(field, f"{twice[0]!r} is named twice; ask for `repeats` to get several answers")
        if blank := [name for name in names if not name.strip() or len(name) > 200]:
            raise InvalidInput(field, f"{blank[0][:40]!r} is no model id; one has 1 to 200 characters")
    if len(judges) > MAX_JUDGES:
        raise InvalidInput("judges", f"{len(judges)} judges; at most {MAX_JUDGES}")
    if repeats < 1:
        raise InvalidInput("repeats", f"{repeats}; at least 1 answer must be bought")
    if (branches := len(models) * repeats) > MAX_BRANCHES:
        raise InvalidInput(
            "repeats" if repeats > 1 else "models",
            f"{len(models)} models × {repeats} repeats are {branches} answers a case; at most {MAX_BRANCHES}",
        )
    if (results := cases * branches) > MAX_RESULTS:
        raise InvalidInput("test_cases", f"{results} answers in all; a run may have at most {MAX_RESULTS}")
    if not 1 <= max_concurrency <= MAX_CONCURRENCY:
        raise InvalidInput("max_concurrency", f"{max_concurrency}; it may be 1 to {MAX_CONCURRENCY} calls in flight")


def check_duration(results: int, seats: int, max_concurrency: int, capacity: int) -> None:
    """Refuse a run whose calls cannot be expected to end within the time of an execution.

    `capacity` is the number of calls in flight that the deployment allows to all runs together.
    """
    needed = places_needed(calls(results, seats))
    if needed > max_concurrency:
        raise InvalidInput(
            "max_concurrency",
            f"{max_concurrency} is too few for {calls(results, seats)} calls; ask for {needed} or more",
        )
    if needed > capacity:
        raise InvalidInput(
            "test_cases",
            f"{calls(results, seats)} calls take too long with the {capacity} calls in flight of this deployment; "
            "ask for fewer test cases, repeats or verdicts, or raise ModelCallConcurrency",
        )
