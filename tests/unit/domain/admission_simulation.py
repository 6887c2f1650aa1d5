"""Runs that ask for places as the state machine does, and branches that call as its Map does, in simulated time.

Lambda has as many places as the provider allows calls. A call that finds none is throttled and retried as the state
machine retries, and lost after that. A Map is told its limit late, and sometimes not at all until the next time.
"""

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from skill_benchmark.domain.admission import Claim, admitted_places, rebalanced, share_out
from skill_benchmark.domain.limits import wait_seconds

CALLS_OF_A_BRANCH = 2
"""An answer and its verdict, one after the other."""
THROTTLED_ATTEMPTS, FIRST_DELAY, LONGEST_DELAY = 20, 1.0, 300.0
SECONDS_BETWEEN_RECONCILIATIONS = 300.0


@dataclass
class SimulatedRun:
    claim: Claim
    branches: int
    """That have not begun."""
    limit: int = 0
    """Branches that its Map may have in flight, as far as it has been told."""
    in_flight: int = 0
    done: int = 0
    lost: int = 0
    waited: float = 0

    @property
    def ended(self) -> bool:
        return not self.branches and not self.in_flight


@dataclass
class Simulation:
    capacity: int
    dice: random.Random
    admission: bool = True
    runs: dict[str, SimulatedRun] = field(default_factory=dict)
    calling: int = 0
    most_calling: int = 0
    throttled: int = 0
    over_share: int = 0
    _events: list[tuple[float, int, str, str, int]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def arrive(self, at: float, claim: Claim, branches: int) -> None:
        self.runs[claim.run_id] = SimulatedRun(replace(claim, queued_at=at), branches)
        self._at(at, "ask" if self.admission else "begin", claim.run_id)

    def play(self) -> None:
        self._at(SECONDS_BETWEEN_RECONCILIATIONS, "reconcile", "")
        while self._events:
            now, _, what, run_id, number = heapq.heappop(self._events)
            match what:
                case "ask":
                    self._ask(self.runs[run_id], now)
                case "begin":
                    self.runs[run_id].limit = self.runs[run_id].claim.wanted
                case "limit":
                    self.runs[run_id].limit = number
                case "reconcile":
                    self._share(now)
                    if not all(run.ended for run in self.runs.values()):
                        self._at(now + SECONDS_BETWEEN_RECONCILIATIONS, "reconcile", "")
                case "call":
                    self._call(self.runs[run_id], now, number)
                case "called":
                    self.calling -= 1
                    self._called(self.runs[run_id], now, number)
            for run in self.runs.values():
                self._begin_branches(run, now)

    def _at(self, when: float, what: str, run_id: str, number: int = 0) -> None:
        heapq.heappush(self._events, (when, next(self._order), what, run_id, number))

    def _claims(self, now: float) -> Sequence[Claim]:
        return [run.claim for run in self.runs.values() if not run.ended and run.claim.queued_at <= now]

    def _ask(self, run: SimulatedRun, now: float) -> None:
        self._note_calls_in_flight()
        places = admitted_places(self.capacity, self._claims(now), run.claim.run_id, now)
        if places:
            run.claim = replace(run.claim, granted=places, held=places)
            run.limit, run.waited = places, now - run.claim.queued_at
        else:
            self._at(now + wait_seconds(now - run.claim.queued_at), "ask", run.claim.run_id)
        self._share(now)

    def _share(self, now: float) -> None:
        self._note_calls_in_flight()
        if not self.admission:
            return
        for run_id, granted in rebalanced(self.capacity, self._claims(now), now).items():
            claim = self.runs[run_id].claim
            self.runs[run_id].claim = replace(claim, granted=granted, held=max(claim.held, granted))
        for run in self.runs.values():
            # The Map is told late, and one time in ten Step Functions refuses.
            if run.limit and run.limit != run.claim.granted and self.dice.random() > 0.1:
                self._at(now + self.dice.uniform(0, 5), "limit", run.claim.run_id, run.claim.granted)
        claims = self._claims(now)
        shares = share_out(self.capacity, claims, now).places
        if any(claim.waits for claim in claims):
            running = [claim for claim in claims if not claim.waits]
            self.over_share = max([self.over_share, *(claim.granted - shares[claim.run_id] for claim in running)])

    def _note_calls_in_flight(self) -> None:
        for run in self.runs.values():
            claim = run.claim
            if claim.held > claim.granted and run.limit <= claim.granted:
                run.claim = replace(claim, held=max(claim.granted, min(claim.held, run.in_flight)))

    def _begin_branches(self, run: SimulatedRun, now: float) -> None:
        while run.branches and run.in_flight < run.limit:
            run.branches -= 1
            run.in_flight += 1
            self._call(run, now, 0)

    def _call(self, run: SimulatedRun, now: float, number: int) -> None:
        """`number` holds the call of the branch and its attempt."""
        call, attempt = divmod(number, 100)
        if self.calling < self.capacity:
            self.calling += 1
            self.most_calling = max(self.most_calling, self.calling)
            self._at(now + self.dice.uniform(5, 60), "called", run.claim.run_id, call)
        elif attempt < THROTTLED_ATTEMPTS:
            self.throttled += 1
            delay = self.dice.uniform(0, min(FIRST_DELAY * 2**attempt, LONGEST_DELAY))
            self._at(now + delay, "call", run.claim.run_id, call * 100 + attempt + 1)
        else:
            run.in_flight -= 1
            run.lost += 1

    def _called(self, run: SimulatedRun, now: float, call: int) -> None:
        if call + 1 < CALLS_OF_A_BRANCH:
            self._call(run, now, (call + 1) * 100)
        else:
            run.in_flight -= 1
            run.done += 1
