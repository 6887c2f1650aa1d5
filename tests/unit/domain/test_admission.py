"""Places for calls: no more than there are, in order, fairly, and for everybody in the end."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill_benchmark.domain.admission import (
    CI,
    SCHEDULE,
    SECONDS_TO_RISE,
    WEB,
    Claim,
    admitted_places,
    floor_of,
    priority_of,
    rebalanced,
    share_out,
)
from tests.unit.domain.admission_simulation import Simulation


def a_claim(
    run_id: str, *, tenant: str = "acme", priority: int = WEB, at: float = 0, wanted: int = 20, granted: int = 0
) -> Claim:
    return Claim(run_id, tenant, priority, at, wanted, granted, granted)


def test_a_run_alone_gets_all_that_it_wants_and_there_is() -> None:
    assert admitted_places(50, [a_claim("a", wanted=20)], "a", now=0) == 20
    assert admitted_places(50, [a_claim("a", wanted=1000)], "a", now=0) == 50


def test_what_started_a_run_is_its_priority() -> None:
    assert [priority_of(by) for by in ("api", "ci", "schedule", "somebody")] == [WEB, CI, SCHEDULE, WEB]


def test_web_goes_before_ci_and_ci_before_a_schedule_whoever_came_first() -> None:
    claims = [a_claim("s", priority=SCHEDULE, at=1), a_claim("c", priority=CI, at=2), a_claim("w", priority=WEB, at=3)]
    assert share_out(50, claims, now=4).queue == ["w", "c", "s"]


def test_of_one_priority_and_tenant_the_first_that_came_is_the_first_that_is_served() -> None:
    claims = [a_claim("late", at=2), a_claim("early", at=1)]
    assert share_out(50, claims, now=3).queue == ["early", "late"]


def test_a_tenant_with_many_runs_lets_one_with_none_go_first() -> None:
    busy = [a_claim(f"b{n}", tenant="busy", at=n) for n in range(3)]
    running = a_claim("r", tenant="busy", granted=50)
    assert share_out(50, [running, *busy, a_claim("o", tenant="other", at=9)], now=9).queue == ["o", "b0", "b1", "b2"]


def test_who_waits_for_half_an_hour_rises_by_one_priority() -> None:
    old, new = a_claim("s", priority=SCHEDULE, at=0), a_claim("w", priority=WEB, at=2 * SECONDS_TO_RISE)
    assert share_out(50, [old, new], now=2 * SECONDS_TO_RISE - 1).queue == ["w", "s"]
    assert share_out(50, [old, new], now=2 * SECONDS_TO_RISE).queue == ["s", "w"]


def test_a_run_with_more_than_its_share_gives_it_up_when_another_waits() -> None:
    claims = [a_claim("a", wanted=50, granted=50), a_claim("b", wanted=50, tenant="other")]
    assert rebalanced(50, claims, now=0) == {"a": 25}
    assert admitted_places(50, claims, "b", now=0) == 0, "the calls of the first are still in flight"
    drained = [replace(claims[0], granted=25, held=25), claims[1]]
    assert admitted_places(50, drained, "b", now=0) == 25


def test_a_run_grows_when_another_has_ended() -> None:
    assert rebalanced(50, [a_claim("a", wanted=40, granted=5)], now=0) == {"a": 40}


def test_a_run_does_not_grow_into_places_that_another_is_about_to_get() -> None:
    claims = [a_claim("a", wanted=50, granted=25), a_claim("b", wanted=50, tenant="other")]
    assert rebalanced(50, claims, now=0) == {}


def test_a_second_in_the_queue_does_not_take_the_places_of_the_first() -> None:
    claims = [
        a_claim("r", wanted=40, granted=40),
        a_claim("first", at=1, wanted=10),
        a_claim("second", at=2, wanted=10),
    ]
    shares = share_out(50, claims, now=3).places
    assert admitted_places(50, claims, "first", now=3) == shares["first"] == 10
    assert admitted_places(50, claims, "second", now=3) == 0


def test_every_admitted_run_may_hold_a_tenth() -> None:
    many = [a_claim(f"r{n}", wanted=50, tenant="one") for n in range(9)]
    places = share_out(50, [*many, a_claim("o", wanted=50, tenant="two")], now=0).places
    assert len(places) == 10
    assert min(places.values()) == floor_of(50) == 5


def test_no_more_runs_than_ten_hold_places() -> None:
    claims = [a_claim(f"r{n:02}", at=n, granted=5, wanted=5) for n in range(10)]
    assert admitted_places(50, [*claims, a_claim("late", wanted=1)], "late", now=99) == 0


@st.composite
def deployments(draw: st.DrawFn) -> tuple[int, list[Claim]]:
    capacity = draw(st.integers(1, 60))
    claims: list[Claim] = []
    held = 0
    for number in range(draw(st.integers(1, 14))):
        wanted = draw(st.integers(1, 80))
        runs = sum(not claim.waits for claim in claims)
        room = min(capacity - held, wanted)
        admitted = draw(st.booleans()) and room > 0 and runs < min(10, capacity)
        granted = draw(st.integers(1, room)) if admitted else 0
        drains = draw(st.integers(0, room - granted)) if admitted else 0
        held += granted + drains
        tenant = draw(st.sampled_from(["a", "b", "c"]))
        priority = draw(st.integers(0, 2))
        claims.append(Claim(f"r{number}", tenant, priority, number, wanted, granted, granted + drains))
    return capacity, claims


@given(deployments())
def test_there_are_never_more_places_given_than_there_are(deployment: tuple[int, list[Claim]]) -> None:
    capacity, claims = deployment
    shares = share_out(capacity, claims, now=100)
    assert sum(shares.places.values()) <= capacity
    assert all(1 <= places <= capacity for places in shares.places.values())
    for claim in claims:
        if claim.waits:
            places = admitted_places(capacity, claims, claim.run_id, now=100)
            assert places + sum(other.held for other in claims) <= capacity or places == 0
    changes = rebalanced(capacity, claims, now=100)
    after = sum(max(changes.get(claim.run_id, claim.granted), claim.held) for claim in claims)
    assert after <= max(capacity, sum(claim.held for claim in claims))


PRIORITIES = [WEB, CI, SCHEDULE]
TENANTS = ["acme", "umbrella", "initech"]


def ten_runs(seed: int, branches: int, *, admission: bool = True) -> Simulation:
    """Of three tenants and three priorities, a few seconds apart, that all want more than there is."""
    simulation = Simulation(50, random.Random(seed), admission=admission)
    for number in range(10):
        claim = a_claim(f"r{number}", tenant=TENANTS[number % 3], priority=PRIORITIES[number // 4], wanted=500)
        simulation.arrive(number * 7.0, claim, branches=branches)
    simulation.play()
    return simulation


@pytest.mark.parametrize("branches", [200, 2_000])
@pytest.mark.parametrize("seed", range(3))
def test_ten_runs_of_three_priorities_share_fifty_places_and_lose_nothing(seed: int, branches: int) -> None:
    simulation = ten_runs(seed, branches)
    assert [(run.done, run.lost) for run in simulation.runs.values()] == [(branches, 0)] * 10
    assert simulation.most_calling == 50
    assert simulation.throttled == 0, "Lambda has fifty places too, and nobody came to it without one"
    assert simulation.over_share <= 0
    # A branch takes two minutes at most: who waits gets its share as soon as the branches of the others have ended.
    assert max(run.waited for run in simulation.runs.values()) < 900


def test_without_admission_the_same_runs_are_throttled_and_lose_what_was_planned() -> None:
    simulation = ten_runs(0, 2_000, admission=False)
    assert simulation.throttled > 10_000
    assert sum(run.lost for run in simulation.runs.values()) > 1_000


def test_a_night_of_a_hundred_scheduled_runs_holds_no_web_run_up() -> None:
    simulation = Simulation(50, random.Random(7))
    for number in range(100):
        claim = a_claim(f"s{number:03}", tenant=f"t{number % 5}", priority=SCHEDULE, wanted=20)
        simulation.arrive(0.1 * number, claim, branches=100)
    simulation.arrive(30.0, a_claim("web", tenant="t0", priority=WEB, wanted=50), branches=250)
    simulation.play()
    assert all(run.ended and not run.lost for run in simulation.runs.values())
    waits = sorted(run.waited for run in simulation.runs.values())
    assert simulation.runs["web"].waited < waits[len(waits) // 2]
    assert simulation.throttled == 0


def test_one_place_is_enough_for_everybody() -> None:
    simulation = Simulation(1, random.Random(1))
    for number in range(3):
        simulation.arrive(number, a_claim(f"r{number}", wanted=20), branches=5)
    simulation.play()
    assert [run.done for run in simulation.runs.values()] == [5, 5, 5]
    assert simulation.most_calling == 1
