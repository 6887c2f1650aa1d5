"""What came of a branch: every failure has a name, and none becomes a number."""

import random
from statistics import stdev

import pytest

from skill_benchmark.domain.records import AnswerRecord, Failure, LostAttempt
from skill_benchmark.domain.results import BranchRecords, Result, assemble
from tests.unit.domain.examples import a_call, a_plan, a_verdict, an_answer, by_seat


def result_of(records: BranchRecords, judges: list[str] | None = None) -> Result:
    plan = a_plan(judges=judges or ["judge-1"])
    return assemble(plan, 0, plan.branches(0)[0], records)


def test_an_answer_with_a_verdict_is_scored() -> None:
    result = result_of(BranchRecords(answer=an_answer(), verdicts=by_seat(a_verdict(75))))
    assert (result.outcome, result.quality_score, result.error_type) == ("scored", 75, None)
    assert result.dimensions["recall_score"] == 60


def test_a_score_of_zero_is_scored() -> None:
    result = result_of(BranchRecords(answer=an_answer(), verdicts=by_seat(a_verdict(0))))
    assert (result.outcome, result.quality_score) == ("scored", 0)


def test_the_score_is_the_mean_of_the_valid_verdicts() -> None:
    records = BranchRecords(
        answer=an_answer(),
        verdicts=by_seat(a_verdict(70), a_verdict(81, judge="judge-2")),
        failures={"judge-2": Failure(error_type="JudgeUnreadable", message="m")},
    )
    result = result_of(records, ["judge-1", "judge-2", "judge-3"])
    assert result.quality_score == 75.5
    assert [call.status for call in result.judge_calls] == ["scored", "scored", "unreadable"]


@pytest.mark.parametrize(("outcome", "stop_reason"), [("refused", "refusal"), ("truncated", "max_tokens")])
def test_a_refused_or_truncated_answer_is_its_own_outcome_and_has_no_score(outcome: str, stop_reason: str) -> None:
    result = result_of(BranchRecords(answer=an_answer(outcome=outcome, stop_reason=stop_reason)))
    assert (result.outcome, result.quality_score, result.error_type) == (outcome, None, stop_reason)
    assert result.cost_microcents == 100


def test_a_model_that_failed_is_a_model_error_with_its_reason() -> None:
    records = BranchRecords(failures={"model": Failure(error_type="ModelThrottled", message="HTTP 429: slow down")})
    result = result_of(records)
    assert (result.outcome, result.error_type, result.error_message) == (
        "model_error",
        "ModelThrottled",
        "HTTP 429: slow down",
    )
    assert result.quality_score is None
    assert result.cost_microcents is None


@pytest.mark.parametrize("answer", [None, an_answer()])
@pytest.mark.parametrize(
    "error_type",
    ["Lambda.TooManyRequestsException", "Sandbox.Timedout", "ClientError", "MissingSetting", "ValidationError"],
)
def test_what_fails_on_our_side_says_nothing_of_a_model_or_a_judge(
    answer: AnswerRecord | None, error_type: str
) -> None:
    ours = Failure(error_type=error_type, message="Rate Exceeded.")
    result = result_of(BranchRecords(answer=answer, failures={"judge-0" if answer else "model": ours}))
    assert (result.outcome, result.error_type, result.error_message) == ("missing", error_type, "Rate Exceeded.")


def test_a_judge_that_gave_no_verdict_is_named_before_what_failed_on_our_side() -> None:
    ours = Failure(error_type="ClientError", message="no bucket")
    refused = Failure(error_type="JudgeRefused", message="declined")
    result = result_of(
        BranchRecords(answer=an_answer(), failures={"judge-0": ours, "judge-1": refused}), ["judge-1", "judge-2"]
    )
    assert (result.outcome, result.error_type) == ("judge_error", "JudgeRefused")


def test_a_judge_that_failed_is_a_judge_error_and_the_answer_keeps_its_cost() -> None:
    records = BranchRecords(
        answer=an_answer(), failures={"judge-0": Failure(error_type="JudgeUnreadable", message="no JSON")}
    )
    result = result_of(records)
    assert (result.outcome, result.quality_score, result.cost_microcents) == ("judge_error", None, 100)
    assert [call.status for call in result.judge_calls] == ["unreadable"]


def test_a_branch_that_left_nothing_is_missing() -> None:
    result = result_of(BranchRecords())
    assert (result.outcome, result.error_type) == ("missing", "Missing")


def test_an_answer_that_nobody_judged_before_the_run_ended_is_missing() -> None:
    assert result_of(BranchRecords(answer=an_answer())).outcome == "missing"


def test_an_answer_that_arrived_after_a_recorded_failure_counts() -> None:
    records = BranchRecords(
        answer=an_answer(),
        verdicts=by_seat(a_verdict()),
        failures={"model": Failure(error_type="Sandbox.Timedout", message="m")},
    )
    assert result_of(records).outcome == "scored"


def test_money_for_lost_attempts_is_kept_apart() -> None:
    lost = LostAttempt(answer_id="a" * 32, error_type="ModelUnavailable", error_message="cut", call=a_call(30))
    result = result_of(BranchRecords(answer=an_answer(), verdicts=by_seat(a_verdict()), lost=[lost]))
    assert (result.cost_microcents, result.lost_cost_microcents, result.judge_cost_microcents) == (100, 30, 40)


@pytest.mark.parametrize(
    ("costs", "known", "uncounted"),
    [([], None, 0), ([30], 30, 0), ([None], None, 1), ([30, None, 12, None], 42, 2)],
)
def test_lost_attempts_whose_cost_is_not_known_are_counted_beside_the_sum_of_the_others(
    costs: list[int | None], known: int | None, uncounted: int
) -> None:
    lost = [
        LostAttempt(answer_id="a" * 32, error_type="ModelTimeout", error_message="late", call=a_call(cost))
        for cost in costs
    ]
    result = result_of(BranchRecords(answer=an_answer(), verdicts=by_seat(a_verdict()), lost=lost))
    assert (result.lost_cost_microcents, result.lost_cost_uncounted) == (known, uncounted)


def test_a_verdict_that_had_to_be_asked_for_twice_costs_both_calls() -> None:
    lost = LostAttempt(
        answer_id="a" * 32, judge="judge-1", error_type="JudgeUnreadable", error_message="m", call=a_call(35)
    )
    result = result_of(BranchRecords(answer=an_answer(), verdicts=by_seat(a_verdict()), lost=[lost]))
    assert result.judge_cost_microcents == 75
    assert result.judge_calls[0].attempts == 2


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    verdicts = by_seat(a_verdict(call=a_call(None)), a_verdict(judge="judge-2"))
    result = result_of(BranchRecords(answer=an_answer(), verdicts=verdicts), ["judge-1", "judge-2"])
    assert result.judge_cost_microcents is None
    assert result.judge_calls[0].cost_missing_reason == "no price is known"


def test_judges_who_are_split_evenly_say_nothing_of_a_match() -> None:
    verdicts = by_seat(a_verdict(matches_expected=True), a_verdict(judge="judge-2", matches_expected=False))
    records = BranchRecords(answer=an_answer(), verdicts=verdicts)
    assert result_of(records, ["judge-1", "judge-2"]).matches_expected is None


def test_several_verdicts_of_several_judges_are_one_score_with_a_spread() -> None:
    verdicts = by_seat(
        *(a_verdict(score, verdict_index=index) for index, score in enumerate([70, 80])),
        *(a_verdict(score, judge="judge-2", verdict_index=index) for index, score in enumerate([90, 100])),
    )
    plan = a_plan(judges=["judge-1", "judge-2"], verdicts_per_judge=2)
    result = assemble(plan, 0, plan.branches(0)[0], BranchRecords(answer=an_answer(), verdicts=verdicts))
    assert (result.quality_score, result.valid_verdicts) == (85, 4)
    assert result.quality_spread == pytest.approx(12.909944)
    assert [(call.seat.judge, call.seat.verdict_index) for call in result.judge_calls] == [
        ("judge-1", 0),
        ("judge-1", 1),
        ("judge-2", 0),
        ("judge-2", 1),
    ]


def test_one_verdict_has_no_spread() -> None:
    result = result_of(BranchRecords(answer=an_answer(), verdicts=by_seat(a_verdict(75))))
    assert (result.valid_verdicts, result.quality_spread) == (1, None)


def of_two_families(*, exclude: bool, verdicts: list[int]) -> Result:
    plan = a_plan(models=["claude-haiku-5-5"], judges=["claude-sonnet-5-5", "gpt-4o"], exclude_same_family=exclude)
    given = [a_verdict(score, judge=judge) for judge, score in zip(plan.judges, verdicts, strict=False)]
    return assemble(plan, 0, plan.branches(0)[0], BranchRecords(answer=an_answer(), verdicts=by_seat(*given)))


def test_a_verdict_of_the_answers_own_family_is_flagged_and_counts() -> None:
    result = of_two_families(exclude=False, verdicts=[100, 60])
    assert [call.same_family for call in result.judge_calls] == [True, False]
    assert result.quality_score == 80


def test_a_run_may_leave_verdicts_of_the_own_family_out_and_keeps_them() -> None:
    result = of_two_families(exclude=True, verdicts=[100, 60])
    assert [call.left_out for call in result.judge_calls] == [True, False]
    assert (result.quality_score, result.valid_verdicts) == (60, 1)
    assert result.judge_cost_microcents == 80


def test_an_answer_that_only_its_own_family_has_judged_yet_has_no_score() -> None:
    result = of_two_families(exclude=True, verdicts=[100])
    assert (result.outcome, result.quality_score, result.valid_verdicts) == ("missing", None, 0)


def test_what_the_state_machine_caught_is_read_in_both_forms_that_stores_keep() -> None:
    caught = b'{"Error": "ModelRejected", "Cause": "{\\"errorMessage\\": \\"HTTP 400\\", \\"errorType\\": \\"x\\"}"}'
    quoted = b'"' + caught.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    expected = Failure(error_type="ModelRejected", message="HTTP 400")
    assert Failure.from_json(caught) == expected
    assert Failure.from_json(quoted) == expected


@pytest.mark.parametrize("body", [b"{}", b'{"Error": "", "Cause": ""}', b'{"Error": null}'])
def test_a_failure_never_lacks_a_name_or_a_message(body: bytes) -> None:
    failure = Failure.from_json(body)
    assert failure.error_type == "Unknown"
    assert failure.message


def test_the_spread_of_the_verdicts_is_their_standard_deviation() -> None:
    draw = random.Random(1)
    for count in range(1, 11):
        scores = [draw.randrange(101) for _ in range(count)]
        plan = a_plan(verdicts_per_judge=count)
        verdicts = by_seat(*(a_verdict(score, verdict_index=index) for index, score in enumerate(scores)))
        records = BranchRecords(answer=an_answer(), verdicts=verdicts)
        spread = assemble(plan, 0, plan.branches(0)[0], records).quality_spread
        assert spread == (pytest.approx(stdev(scores), rel=1e-15) if count > 1 else None)


@pytest.mark.parametrize(
    ("records", "finished"),
    [
        (BranchRecords(), False),
        (BranchRecords(failures={"model": Failure(error_type="e", message="m")}), True),
        (BranchRecords(answer=an_answer(outcome="refused", stop_reason="refusal")), True),
        (BranchRecords(answer=an_answer()), False),
        (BranchRecords(answer=an_answer(), verdicts=by_seat(a_verdict(1))), False),
        (BranchRecords(answer=an_answer(), verdicts=by_seat(a_verdict(1), a_verdict(2, judge="judge-2"))), True),
        (
            BranchRecords(
                answer=an_answer(),
                verdicts=by_seat(a_verdict(1)),
                failures={"judge-1": Failure(error_type="e", message="m")},
            ),
            True,
        ),
    ],
)
def test_a_branch_is_finished_when_nothing_more_will_come_of_it(records: BranchRecords, *, finished: bool) -> None:
    assert result_of(records, ["judge-1", "judge-2"]).finished is finished
