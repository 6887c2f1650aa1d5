"""A judge that picks the better of two answers, asked in both orders: is it right, or does it prefer a place?"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class BothOrders:
    """Counts over all comparisons; one without a winner is never correct and stays in `count`."""

    count: int
    missing_ab: int
    missing_ba: int
    correct_ab: int
    correct_ba: int
    both_correct: int
    same_winner: int
    first_slot_share: float | None
    """Of all winners, those that were shown first; 0.5 for a judge without a preference. None without any winner."""


def both_orders(
    winners_ab: Sequence[int | None], winners_ba: Sequence[int | None], labels: Sequence[int]
) -> BothOrders:
    """Winners and labels are 1 or 2: the answer, not the place. In `ab` answer 1 was shown first, in `ba` answer 2."""
    rows = list(zip(winners_ab, winners_ba, labels, strict=True))
    given = sum(ab is not None for ab, _, _ in rows) + sum(ba is not None for _, ba, _ in rows)
    first = sum(ab == 1 for ab, _, _ in rows) + sum(ba == 2 for _, ba, _ in rows)
    return BothOrders(
        count=len(rows),
        missing_ab=sum(ab is None for ab, _, _ in rows),
        missing_ba=sum(ba is None for _, ba, _ in rows),
        correct_ab=sum(ab == label for ab, _, label in rows),
        correct_ba=sum(ba == label for _, ba, label in rows),
        both_correct=sum(ab == ba == label for ab, ba, label in rows),
        same_winner=sum(ab is not None and ab == ba for ab, ba, _ in rows),
        first_slot_share=first / given if given else None,
    )
