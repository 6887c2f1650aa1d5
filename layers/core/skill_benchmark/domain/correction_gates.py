"""What people's labels must be before a judge is corrected by them. Each function says what is missing and how much."""

from collections.abc import Sequence

from skill_benchmark.domain.judged_scores import LabelledAnswer
from skill_benchmark.domain.statistics.ppi import Estimate, Sample

MIN_LABELLED = 30
"""Answers; with fewer, intervals of skewed scores cover too seldom."""

MIN_OVERLAPPING = 20
"""Answers that two or more people have scored; an alpha of fewer passes or fails by chance."""

MIN_ALPHA = 0.4
"""Of people's agreement; below it they do not measure the same thing, and correcting towards them means nothing."""


def why_not_enough_labels(answers: Sequence[LabelledAnswer]) -> list[str]:
    if len(answers) < MIN_LABELLED:
        missing = MIN_LABELLED - len(answers)
        return [f"labelled answers: {len(answers)}, and a correction needs {MIN_LABELLED}; label {missing} more"]
    if len({answer.case for answer in answers}) < 2:
        return ["all labelled answers are of one test case, and how far cases differ is not known; label another"]
    return []


def why_not_agreed(answers: Sequence[LabelledAnswer], alpha: float | None) -> list[str]:
    """`alpha` is Krippendorff's, over the same answers."""
    overlapping = sum(len(answer.ratings) > 1 for answer in answers)
    if overlapping < MIN_OVERLAPPING:
        reason = (
            f"answers that two or more people have scored: {overlapping}, and {MIN_OVERLAPPING} are needed to see "
            f"whether people agree; have {MIN_OVERLAPPING - overlapping} more scored by a second person"
        )
    elif alpha is None:
        reason = "people gave every answer the same score: whether they tell answers apart is not known"
    elif alpha < MIN_ALPHA:
        reason = f"people agree too little with each other (alpha {alpha:.2f}, {MIN_ALPHA} is needed) to correct judges"
    else:
        return []
    return [reason]


def why_nothing_to_correct(sample: Sample) -> list[str]:
    if len(sample.others.clusters) < 2:
        return ["the answers without a label are of fewer than two test cases: people's own mean stands for all"]
    return []


def why_not_like_the_rest(shift: Estimate | None) -> list[str]:
    """`shift` is the judge's mean of the labelled answers minus that of the others."""
    # What is left of equal means when they are subtracted is no shift.
    if shift is None or shift.low <= 0 <= shift.high or abs(shift.mean) < 1e-6:
        return []
    direction = "higher" if shift.mean > 0 else "lower"
    reason = (
        f"the judge scores the labelled answers {abs(shift.mean):.1f} points {direction} than the others (standard "
        f"error {shift.standard_error:.1f}), which is more than chance: label answers that are drawn at random"
    )
    return [reason]
