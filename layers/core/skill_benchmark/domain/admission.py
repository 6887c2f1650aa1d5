"""Who may call models now: places for calls in flight, shared out between the runs of a deployment.

A provider limits the calls of a deployment, answers and verdicts together, so that all its runs share one capacity. A
run claims as many places as its plan has calls in flight. Until it is admitted it waits.

- At most MAX_RUNS_AT_ONCE runs hold places. Each may always hold a tenth of the capacity, its floor.
- Who waits is ordered by priority (web, CI, schedule), then by how few runs the tenant has, then by age. Each half hour
  of waiting raises a run by one priority, so that nobody starves.
- What is left above the floors is shared equally between tenants, and between the runs of a tenant.
- When a run has more than its share and others wait, it gives up the difference. Its calls in flight end first: until
  then it holds the places that they take.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from skill_benchmark.domain.limits import MAX_RUNS_AT_ONCE, branches_per_child

SECONDS_TO_RISE = 1_800
"""A run that has waited for this long is treated as one of the next higher priority."""

WEB, CI, SCHEDULE = 0, 1, 2


def priority_of(triggered_by: str) -> int:
    """The priority of a run by what started it; the lowest number is served first."""
    return {"ci": CI, "schedule": SCHEDULE}.get(triggered_by, WEB)


@dataclass(frozen=True)
class Claim:
    """The places that an unfinished run wants and has. Times are seconds since the epoch."""

    run_id: str
    tenant_id: str
    priority: int
    queued_at: float
    wanted: int
    granted: int = 0
    """Places that it may fill; 0 while it waits."""
    held: int = 0
    """Places that its calls take: more than granted while it gives some up."""

    @property
    def waits(self) -> bool:
        return self.granted == 0


@dataclass(frozen=True)
class Shares:
    """What each run that holds places, or is next to, should have; and who waits, in the order of admission."""

    floor: int
    places: Mapping[str, int]
    queue: Sequence[str]


def floor_of(capacity: int) -> int:
    """Places that every admitted run may hold, however many there are."""
    return max(1, capacity // MAX_RUNS_AT_ONCE)


def branches_in_flight(branches: int, seats: int, capacity: int) -> int:
    """How many branches of one case call at once: never more than the floor, to which a run may have to shrink."""
    return min(branches, branches_per_child(seats), floor_of(capacity))


def position(claims: Iterable[Claim], run_id: str, now: float) -> int | None:
    """1 for the run that is admitted next; None for one that does not wait."""
    every = list(claims)
    order = _in_order([claim for claim in every if claim.waits], [claim for claim in every if not claim.waits], now)
    return order.index(run_id) + 1 if run_id in order else None


def share_out(capacity: int, claims: Iterable[Claim], now: float) -> Shares:
    """Share the capacity between the runs that hold places and as many of those that wait as may join them."""
    every = {claim.run_id: claim for claim in claims}
    running = [claim for claim in every.values() if not claim.waits]
    queue = _in_order([claim for claim in every.values() if claim.waits], running, now)
    free_seats = max(0, min(MAX_RUNS_AT_ONCE, capacity) - len(running))
    contenders = [*running, *(every[run_id] for run_id in queue[:free_seats])]
    return Shares(floor_of(capacity), _fill(capacity, contenders), queue)


def admitted_places(capacity: int, claims: Sequence[Claim], run_id: str, now: float) -> int:
    """Places that a waiting run gets now; 0 when it has to wait."""
    shares = share_out(capacity, claims, now)
    if run_id not in shares.places:
        return 0
    wanted = next(claim.wanted for claim in claims if claim.run_id == run_id)
    ahead = shares.queue[: shares.queue.index(run_id)]
    reserved = sum(shares.places.get(other, 0) for other in ahead)
    places = min(shares.places[run_id], capacity - _held(claims) - reserved)
    return places if places >= min(shares.floor, wanted) else 0


def rebalanced(capacity: int, claims: Sequence[Claim], now: float) -> dict[str, int]:
    """New grants of the runs that hold places, where they change: less at once, more as far as places are free."""
    shares = share_out(capacity, claims, now)
    running = [claim for claim in claims if not claim.waits]
    reserved = sum(shares.places.get(run_id, 0) for run_id in shares.queue)
    free = capacity - _held(claims) - reserved
    changed = {}
    for claim in running:
        share = shares.places.get(claim.run_id, claim.granted)
        if share > claim.held and free > 0:
            more = min(share - claim.held, free)
            free -= more
            changed[claim.run_id] = claim.held + more
        elif share < claim.granted:
            changed[claim.run_id] = share
    return {run_id: places for run_id, places in changed.items() if places != _granted(running, run_id)}


def _held(claims: Iterable[Claim]) -> int:
    return sum(max(claim.held, claim.granted) for claim in claims if not claim.waits)


def _granted(claims: Iterable[Claim], run_id: str) -> int:
    return next(claim.granted for claim in claims if claim.run_id == run_id)


def _in_order(waiting: Sequence[Claim], running: Sequence[Claim], now: float) -> list[str]:
    """By priority; within it the tenant with the fewest runs first, and of a tenant the oldest."""
    runs_of = Counter(claim.tenant_id for claim in running)
    by_level: dict[int, dict[str, deque[Claim]]] = defaultdict(lambda: defaultdict(deque))
    for claim in sorted(waiting, key=lambda claim: (claim.queued_at, claim.run_id)):
        level = max(0, claim.priority - int(max(0.0, now - claim.queued_at) // SECONDS_TO_RISE))
        by_level[level][claim.tenant_id].append(claim)
    order: list[str] = []
    for _, of_tenant in sorted(by_level.items()):
        heads = [(runs_of[tenant], queue[0].queued_at, tenant) for tenant, queue in of_tenant.items()]
        heapify(heads)
        while heads:
            _, _, tenant = heappop(heads)
            order.append(of_tenant[tenant].popleft().run_id)
            runs_of[tenant] += 1
            if of_tenant[tenant]:
                heappush(heads, (runs_of[tenant], of_tenant[tenant][0].queued_at, tenant))
    return order


def _fill(capacity: int, contenders: Sequence[Claim]) -> dict[str, int]:
    floor = floor_of(capacity)
    places = {claim.run_id: min(floor, claim.wanted) for claim in contenders}
    total = Counter({claim.tenant_id: 0 for claim in contenders})
    for claim in contenders:
        total[claim.tenant_id] += places[claim.run_id]
    hungry = [claim for claim in contenders if places[claim.run_id] < claim.wanted]
    left = capacity - sum(places.values())
    while left > 0 and hungry:
        poorest = min(hungry, key=lambda claim: (total[claim.tenant_id], places[claim.run_id], claim.queued_at))
        places[poorest.run_id] += 1
        total[poorest.tenant_id] += 1
        left -= 1
        if places[poorest.run_id] == poorest.wanted:
            hungry.remove(poorest)
    return places
