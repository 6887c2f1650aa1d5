"""Recorded answers and verdicts instead of simulated ones.

A file of JSON lines. An answer is {"model", "input", "output"}; a verdict is {"input", "output", "verdict"}, where
`verdict` is the object that the judge returned, or its text if that was no JSON, or null if it could not be read; with
a "judge" it is that judge's alone. Where a model answered the same input several times, its k-th call gets the k-th
record.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from skill_benchmark.domain.fences import shown
from skill_benchmark.domain.self_identification import redact

UNREADABLE = "I would rather not put a number on this answer."


class RecordedAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: str
    input: str
    output: str
    stop_reason: str = "end_turn"


class RecordedVerdict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    input: str
    output: str
    verdict: dict[str, Any] | str | None
    judge: str = "*"

    @property
    def text(self) -> str:
        if self.verdict is None:
            return UNREADABLE
        return self.verdict if isinstance(self.verdict, str) else json.dumps(self.verdict)


class NotRecorded(LookupError):
    """The recording has nothing for this request; the message says what it lacks."""


class Recording:
    def __init__(self, records: Iterable[RecordedAnswer | RecordedVerdict]) -> None:
        self._answers: dict[tuple[str, str], list[RecordedAnswer]] = defaultdict(list)
        self._verdicts: dict[tuple[str, str], dict[str, RecordedVerdict]] = defaultdict(dict)
        self._asked: Counter[tuple[str, str]] = Counter()
        for record in records:
            if isinstance(record, RecordedAnswer):
                self._answers[record.model, record.input].append(record)
            else:
                self._verdicts[record.judge, shown(record.input)][record.output] = record

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises ValueError with the number of a line that is broken, and why."""
        records: list[RecordedAnswer | RecordedVerdict] = []
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if not line.strip():
                continue
            try:
                fields = json.loads(line)
                kind = RecordedVerdict if "verdict" in fields else RecordedAnswer
                records.append(kind.model_validate(fields))
            except (ValidationError, ValueError, TypeError) as error:
                raise ValueError(f"{path}: line {number}: {' '.join(str(error).split())[:300]}") from error
        return cls(records)

    @property
    def models(self) -> set[str]:
        return {model for model, _ in self._answers}

    def answer(self, model: str, text: str) -> RecordedAnswer:
        """Raises NotRecorded."""
        recorded = self._answers.get((model, text))
        if not recorded:
            raise NotRecorded(f"no answer of {model} to the input that begins {text[:60]!r}")
        nth = self._asked[model, text]
        self._asked[model, text] += 1
        return recorded[nth % len(recorded)]

    def verdict(self, judge: str, text: str, output: str, others: Iterable[str] = ()) -> str:
        """On an input and an answer as a judge is shown them, with the case's other texts. Raises NotRecorded."""
        told = (text, *others)
        for name in (judge, "*"):
            for given, record in self._verdicts[name, text].items():
                if output == shown(redact(given, told).text):
                    return record.text
        raise NotRecorded(f"no verdict of {judge} on the answer that begins {output[:60]!r}")
