"""What a judge and people have scored, as it is read to hold the one against the others."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

MAX_COMPARED_MODELS = 12
"""Their pairs grow with the square: with the longest names, 66 in each dimension are 4 MB. The API says how many models
it left out."""


@dataclass(frozen=True)
class LabelledScore:
    """One person's score of one answer, beside the judge's of the same answer."""

    answer: str
    case: int
    """The number of the test case that was answered, the same in `CaseScores`."""
    model: str
    judge: float
    rater: str
    value: float
    blinded: bool


@dataclass(frozen=True)
class CaseScores:
    """A judge's scores of the answers of one model, or of all that are not compared, added up by test case."""

    model: str | None
    cases: Sequence[int]
    counts: Sequence[int]
    sums: Sequence[float]
    sum_of_squares: float
    """Over answers."""


@dataclass(frozen=True)
class JudgedScores:
    """All scores that a judge gave in one dimension, the labelled ones among them, and these one by one.

    A model may have several `CaseScores`, of different test cases.
    """

    by_case: Sequence[CaseScores]
    labelled: Sequence[LabelledScore]
    """In the order in which they were given."""
    models: Sequence[str]
    """Whose figures are made one by one; `by_case` adds up the others as None."""


@dataclass(frozen=True)
class LabelledAnswer:
    """One answer with the judge's score and people's, by rater."""

    case: int
    model: str
    judge: float
    ratings: Mapping[str, float]

    @property
    def people(self) -> float:
        return fmean(self.ratings.values())


def counted_labels(labels: Iterable[LabelledScore]) -> list[LabelledScore]:
    """One for each answer and rater, the first: an answer that was re-judged has two ids to label it by."""
    first: dict[tuple[str, str], LabelledScore] = {}
    for label in labels:
        first.setdefault((label.answer, label.rater), label)
    return list(first.values())


def labelled_answers(labels: Iterable[LabelledScore]) -> list[LabelledAnswer]:
    """From labels that are counted, in the order of the first of each answer."""
    of_answer: dict[str, list[LabelledScore]] = {}
    for label in labels:
        of_answer.setdefault(label.answer, []).append(label)
    return [
        LabelledAnswer(given[0].case, given[0].model, given[0].judge, {label.rater: label.value for label in given})
        for given in of_answer.values()
    ]


def compared_models(labels: Iterable[LabelledScore]) -> list[str]:
    """The models with the most labelled answers, in the order of their names within one number."""
    answers = Counter(model for model, _ in {(label.model, label.answer) for label in labels})
    return sorted(answers, key=lambda model: (-answers[model], model))[:MAX_COMPARED_MODELS]
