"""The size of a run as the API plans it."""

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from skill_benchmark.api.shapes.runs import RUN_EXAMPLE, Row
from skill_benchmark.domain.noise import ComponentName, Source

_OPTION_EXAMPLE: JsonDict = {
    "repeats": 1,
    "difference_sd": 14.1,
    "cases": 66,
    "answers": 132,
    "verdicts": 132,
    "reason": None,
    "detectable_now": 9.9,
    "detectable_now_reason": None,
}


class NoiseComponent(Row):
    """One part of the noise of a difference, as a standard deviation in points of 100."""

    name: ComponentName = Field(
        description="`case`: what two models really differ by from case to case. `repeat`: answers of one model to one "
        "case. `judge`: verdicts on one answer."
    )
    sd: float
    source: Source
    degrees_of_freedom: int | None = Field(description="What a measured figure rests on; null for a default.")
    reason: str = Field(description="What was measured, or why and whence the default.")


class PlanOption(Row):
    """One number of repeats, and the test cases that it takes. What cannot be is null, with a reason."""

    repeats: int
    difference_sd: float = Field(description="Expected, of the case-wise differences of two models.")
    cases: int | None
    answers: int | None = Field(description="Of all models: cases × repeats × models.")
    verdicts: int | None = Field(description="On all answers.")
    reason: str | None
    detectable_now: float | None = Field(
        description="The smallest difference that `current_cases` find four times in five."
    )
    detectable_now_reason: str | None


class SizePlan(Row):
    """How many test cases and repeats find a difference, by the procedure that a comparison uses."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "skill_id": "capitals",
                    "difference": 5.0,
                    "power": 0.8,
                    "models": 2,
                    "pairs": 1,
                    "verdicts_per_answer": 1,
                    "runs": [RUN_EXAMPLE["id"]],
                    "simulated": False,
                    "components": [
                        {
                            "name": "case",
                            "sd": 12.0,
                            "source": "history",
                            "degrees_of_freedom": 90,
                            "reason": "the variance of the differences of two models, less what repeats and verdicts "
                            "account for",
                        }
                    ],
                    "within_case_share": 0.28,
                    "current_cases": 18,
                    "options": [_OPTION_EXAMPLE],
                    "recommended": _OPTION_EXAMPLE,
                    "why": "Test cases before repeats: twice the cases halve the whole variance of a difference.",
                    "warnings": [],
                }
            ]
        }
    )

    skill_id: str
    difference: float = Field(description="That is to be found, in points of 100.")
    power: float = Field(description="How often it is found where it is there.")
    models: int
    pairs: int = Field(description="Of models; the comparison corrects for their number.")
    verdicts_per_answer: int
    runs: list[str] = Field(description="Whose spreads were pooled, the latest first; empty: all is by default.")
    simulated: bool | None = Field(description="Of these runs. Simulated and real runs are never pooled.")
    components: list[NoiseComponent]
    within_case_share: float = Field(
        description="Of the variance of a difference at one repeat: what repeats and verdicts can shrink."
    )
    current_cases: int | None = Field(
        description="Accepted training examples, or the test cases of the latest completed run where there are none."
    )
    options: list[PlanOption]
    recommended: PlanOption | None = Field(description="The one with the fewest answers; null where none is possible.")
    why: str = Field(description="Why test cases come before repeats.")
    warnings: list[str] = Field(description="What to know before the figures are believed.")
