"""What a validation comes to as a response."""

from dataclasses import asdict

from skill_benchmark.api.pages import MAX_PAGE_BYTES, sent_bytes
from skill_benchmark.api.shapes.labels import JudgeValidation
from skill_benchmark.domain.judge_validation import validate
from skill_benchmark.domain.judged_scores import CaseScores, JudgedScores, LabelledScore, compared_models
from skill_benchmark.domain.labels import DIMENSIONS_OF_LABELS

# As long as a name may be, of characters that take the most bytes in a response.
NAMES = [f"{number:02}" + 198 * "\N{GRINNING FACE}" for number in range(40)]


def test_a_validation_of_any_number_of_models_fits_into_a_response() -> None:
    labelled = [LabelledScore(f"{name} {case}", case, name, 80, "ada", 70, True) for name in NAMES for case in (0, 1)]
    models = compared_models(labelled)
    by_case = [CaseScores(name if name in models else None, [0, 1], [2, 2], [160, 160], 25_600) for name in NAMES]
    found = asdict(validate(JudgedScores(by_case, labelled, models)))
    assert (len(found["models"]), found["models_left_out"]) == (len(models), len(NAMES) - len(models))
    response = JudgeValidation.model_validate(
        {
            "judge": NAMES[0],
            "skill_id": None,
            "simulated": False,
            "dimensions": [{"dimension": dimension, **found} for dimension in DIMENSIONS_OF_LABELS],
        }
    )
    assert sent_bytes(response) < MAX_PAGE_BYTES
