"""Intervals of shares hold the share."""

import pytest

from skill_benchmark.domain.statistics.proportions import wilson


@pytest.mark.parametrize("count", range(1, 300))
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_an_interval_of_none_or_all_ends_at_the_share(count: int, share: float) -> None:
    low, high = wilson(share, count)
    assert 0 <= low <= share <= high <= 1
